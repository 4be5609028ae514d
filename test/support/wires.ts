/** What three kinds of device put on the wire: one that numbers and stamps its samples, one with a counter of 8 bits, one with neither. */

import { pack } from "msgpackr";
import { encodeFrame, FrameKind } from "../../src/framing/index.js";

export interface Wire {
  /** Id of the device, and its samples a second and in a frame. */
  readonly device: string;
  readonly rate: number;
  readonly perFrame: number;
  /** What it answers, and what it says once when it is asked for the first time. */
  hello?(next: number): Uint8Array;
  /** @param index number of the first sample @param timeUs of its clock @param values each a whole number from 0 to 2^23 - 1 */
  frame(index: number, timeUs: number, values: readonly number[]): Uint8Array;
  /** Its running numbers tell which sample it was, since it never begins anew; its values do not. */
  readonly numbered?: true;
  /** The sample that a value in the ring was, as far as the format tells: modulo this. */
  readonly modulo: number;
  /** Physical value of 1. */
  readonly scale: number;
}

const channels = [{ name: "ppg", unit: "adc", scale: 1, offset: 0 }];

export const BIOX: Wire = {
  device: "biox",
  rate: 100,
  perFrame: 4,
  hello: (next) => {
    const streams = [{ id: 0, name: "pulse", channels, format: "f32", rate: 100, next }];
    const payload = pack({ device: "faulty", firmware: "1", clockHz: 1_000_000, speed: 1, streams });
    return encodeFrame({ kind: FrameKind.hello, payload });
  },
  frame: (index, timeUs, values) => {
    const payload = new Uint8Array(Float32Array.from(values).buffer);
    return encodeFrame({ kind: FrameKind.samples, index, count: values.length, timeUs, payload });
  },
  modulo: 2 ** 24,
  scale: 1,
};

export const CYTON: Wire = {
  device: "cyton",
  rate: 250,
  perFrame: 1,
  frame: (index, _, [value]) => {
    const bytes = new Uint8Array(33);
    bytes.set([0xa0, index & 255]);
    for (let c = 0; c < 8; c++) bytes.set([(value! >> 16) & 255, (value! >> 8) & 255, value! & 255], 2 + 3 * c);
    bytes[32] = 0xc0;
    return bytes;
  },
  modulo: 2 ** 23,
  // Microvolts in a count of the ADS1299 at gain 24 (docs.openbci.com/Cyton/CytonDataFormat).
  scale: (4.5 / 24 / (2 ** 23 - 1)) * 1e6,
};

export const CMS50: Wire = {
  device: "cms50",
  rate: 60,
  perFrame: 1,
  frame: (_, __, [value]) => Uint8Array.of(0x85, value! & 127, (value! & 127) >> 3, 72, 98),
  modulo: 128,
  scale: 1,
};
