import { encodeFrame, FrameKind } from "../../framing/frame.js";
import { packMap } from "../biox/messagepack.js";
import type { DeviceEmulator, EmulatedSignal } from "../types.js";
import { ECG_RATE, Stream } from "./streams.js";
import { Uuid } from "./uuid.js";

/** How often a sensor sends its samples. */
const SEND_MS = 200;
const SENDS_PER_SECOND = 1000 / SEND_MS;
const PPG_CHANNELS = 4;
const LOWEST = -(2 ** 23);
const HIGHEST = 2 ** 23 - 1;

/** A frame as the bridge sends it for each notification (docs/ble-bridge.md). `timeUs` is taken modulo 2^32. */
export function encodeNotification(index: number, timeUs: number, uuid: string, value: Uint8Array): Uint8Array {
  const payload = packMap({ uuid, value });
  return encodeFrame({ kind: FrameKind.event, index: index >>> 0, timeUs: timeUs % 2 ** 32, payload });
}

function polarHeader(measurement: number, timeUs: number, frameType: number): number[] {
  const header = new DataView(new ArrayBuffer(10));
  header.setUint8(0, measurement);
  header.setBigUint64(1, BigInt(Math.round(timeUs * 1000)), true);
  header.setUint8(9, frameType);
  return Array.from(new Uint8Array(header.buffer));
}

const i24 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255];

/** A Polar PPG (4 values a sample) or ECG (1) notification of frame type 0, uncompressed. */
export function encodePolar(kind: "ppg" | "ecg", timeUs: number, values: readonly number[]): Uint8Array {
  return Uint8Array.from([...polarHeader(kind === "ppg" ? 1 : 0, timeUs, 0), ...values.flatMap(i24)]);
}

/** The same, compressed: one block of differences, of as few bits as hold them. */
export function encodePolarDeltas(timeUs: number, values: readonly number[]): Uint8Array {
  const differences = values.slice(PPG_CHANNELS).map((value, i) => value - values[i]!);
  const widest = Math.max(0, ...differences.map((difference) => (difference < 0 ? ~difference : difference)));
  const bits = 33 - Math.clz32(widest);
  const packed = new Uint8Array(Math.ceil((differences.length * bits) / 8));
  for (const [i, difference] of differences.entries())
    for (let bit = 0; bit < bits; bit++) {
      const at = i * bits + bit;
      if ((difference >> bit) & 1) packed[at >> 3]! |= 1 << (at & 7);
    }
  const block = differences.length > 0 ? [bits, differences.length / PPG_CHANNELS, ...packed] : [];
  return Uint8Array.from([...polarHeader(1, timeUs, 0x80), ...values.slice(0, PPG_CHANNELS).flatMap(i24), ...block]);
}

/** A bridge with a heart rate strap, an oximeter and Polar sensors that send PPG, every other time compressed, and ECG. */
export class BleEmulator implements DeviceEmulator {
  #elapsedMs = 0;
  #sends = 0;
  #messages = 0;

  constructor(
    private readonly ppgRate: number,
    private readonly signal: EmulatedSignal,
  ) {}

  boot(): Uint8Array {
    return new Uint8Array();
  }

  receive(): Uint8Array {
    return new Uint8Array();
  }

  advance(ms: number): Uint8Array {
    this.#elapsedMs += ms;
    const frames: Uint8Array[] = [];
    for (; (this.#sends + 1) * SEND_MS <= this.#elapsedMs; this.#sends++) frames.push(...this.#send());
    return Buffer.concat(frames);
  }

  #send(): Uint8Array[] {
    const timeUs = (this.#sends + 1) * SEND_MS * 1000;
    const notify = (uuid: string, value: Uint8Array): Uint8Array =>
      encodeNotification(this.#messages++, timeUs, uuid, value);
    const ppg = this.#samples(Stream.ppg, this.ppgRate, PPG_CHANNELS);
    const ecg = this.#samples(Stream.ecg, ECG_RATE, 1);
    const compressed = this.#sends % 2 === 1;
    const frames = [
      notify(
        Uuid.polar,
        compressed ? encodePolarDeltas(ppg.lastUs, ppg.values) : encodePolar("ppg", ppg.lastUs, ppg.values),
      ),
      notify(Uuid.polar, encodePolar("ecg", ecg.lastUs, ecg.values)),
    ];
    if (this.#sends % SENDS_PER_SECOND === 0) frames.push(...this.#slowValues(notify));
    return frames;
  }

  /** What comes once a second: a heart rate with contact and one time between beats, and an oximeter's values. */
  #slowValues(notify: (uuid: string, value: Uint8Array) => Uint8Array): Uint8Array[] {
    const value = (stream: number, low: number, high: number): number =>
      Math.min(high, Math.max(low, Math.round(this.signal(stream, 0, this.#sends / SENDS_PER_SECOND))));
    const bpm = value(Stream.pulse, 30, 250);
    const rrTicks = Math.round((1024 * 60) / bpm);
    const [spo2, pulse, perfusion] = [
      value(Stream.spo2, 0, 100),
      value(Stream.oximeterPulse, 30, 250),
      value(Stream.perfusion, 0, 100),
    ] as const;
    return [
      notify(Uuid.heartRate, Uint8Array.of(0x16, bpm, rrTicks & 255, rrTicks >> 8)),
      notify(Uuid.oximeterContinuous, Uint8Array.of(0x10, spo2, 0, pulse, 0, perfusion, 0)),
    ];
  }

  /** Samples of the time since the last send, and the sensor's time at the last of them. */
  #samples(stream: number, rate: number, channels: number): { lastUs: number; values: number[] } {
    const until = (sends: number): number => Math.floor((sends * rate) / SENDS_PER_SECOND);
    const from = until(this.#sends);
    const to = until(this.#sends + 1);
    const values = Array.from({ length: (to - from) * channels }, (_, i) =>
      Math.min(HIGHEST, Math.max(LOWEST, this.signal(stream, i % channels, from + Math.floor(i / channels)))),
    );
    return { lastUs: (to * 1e6) / rate, values };
  }
}
