import { encodeFrame, FrameKind } from "../../framing/frame.js";
import { packMap } from "../biox/messagepack.js";
import type { DeviceEmulator, EmulatedSignal } from "../types.js";
import { ECG_RATE, Stream } from "./streams.js";
import { Uuid } from "./uuid.js";

/** How often a sensor sends its samples. */
const SEND_MS = 200;
const SENDS_PER_SECOND = 1000 / SEND_MS;
const PPG_CHANNELS = 4;
const BPM = 72;
const SPO2 = 97;
/** 1.5 % as SFLOAT: 15, exponent -1. */
const PERFUSION_SFLOAT = 0xf00f;
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
    if (this.#sends % SENDS_PER_SECOND === 0) {
      // Contact, and one time between beats: 60 s / 72.
      const ticks = Math.round((1024 * 60) / BPM);
      frames.push(notify(Uuid.heartRate, Uint8Array.of(0x16, BPM, ticks & 255, ticks >> 8)));
      const oximetry = Uint8Array.of(0x10, SPO2, 0, BPM, 0, PERFUSION_SFLOAT & 255, PERFUSION_SFLOAT >> 8);
      frames.push(notify(Uuid.oximeterContinuous, oximetry));
    }
    return frames;
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
