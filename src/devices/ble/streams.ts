import { channel, timedStream } from "../describe.js";
import type { StreamDescriptor } from "../types.js";

/** Numbers of the streams. */
export const Stream = { pulse: 0, spo2: 1, oximeterPulse: 2, perfusion: 3, ppg: 4, ecg: 5 } as const;

/** Notifications of heart rate and oximetry come about once a second. */
const SLOW_RATE = 1;
/** Polar H10. */
export const ECG_RATE = 130;

function describe(id: number, name: string, rate: number, unit: string, ...names: string[]): StreamDescriptor {
  const channels = names.map((each) => channel(each, unit));
  return timedStream(id, name, rate, channels);
}

/** All that a bridge may pass on; those of sensors that are not there stay silent. */
export function bleStreams(ppgRate: number): StreamDescriptor[] {
  return [
    describe(Stream.pulse, "pulse", SLOW_RATE, "bpm", "pulseRate"),
    describe(Stream.spo2, "spo2", SLOW_RATE, "%", "spo2"),
    describe(Stream.oximeterPulse, "oximeterPulse", SLOW_RATE, "bpm", "pulseRate"),
    describe(Stream.perfusion, "perfusion", SLOW_RATE, "%", "perfusion"),
    describe(Stream.ppg, "ppg", ppgRate, "adc", "ppg", "ppg2", "ppg3", "ambient"),
    describe(Stream.ecg, "ecg", ECG_RATE, "uV", "ecg"),
  ];
}
