import { type FrameRule, NO_FRAME } from "../../framing/sliding.js";
import { FINGER_OUT, type Reading, SEARCHING, SEARCHING_LONG, SPO2_DROPPING } from "./reading.js";

const OLD_BYTES = 5;
const SPO2_INVALID = 127;
const RATE_INVALID = 255;
const HIGHEST_RATE = 250;

function pulseRate(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 2]! & 0x40) << 1) | bytes[at + 3]!;
}

/**
 * The frame of the first CMS50 and of many others ("BCI"): 5 bytes, of which only the first has bit 7.
 *
 * There is no check sum: what can be checked is the place of bit 7 and the ranges of SpO2 and pulse rate, which one
 * random frame in fifty passes. So three in a row are asked for, but at the start of a link.
 */
export const OLD_RULE: FrameRule = {
  longest: OLD_BYTES,
  lock: 3,
  trustsFirst: () => true,
  match(bytes, at, end) {
    if (end - at < OLD_BYTES) return 0;
    if (bytes[at]! < 0x80) return NO_FRAME;
    for (let i = 1; i < OLD_BYTES; i++) if (bytes[at + i]! >= 0x80) return NO_FRAME;
    const rate = pulseRate(bytes, at);
    const spo2 = bytes[at + 4]!;
    const fits = (spo2 <= 100 || spo2 === SPO2_INVALID) && (rate <= HIGHEST_RATE || rate === RATE_INVALID);
    return fits ? OLD_BYTES : NO_FRAME;
  },
};

export function readOldFrame(bytes: Uint8Array, at: number, into: Reading): void {
  const first = bytes[at]!;
  const third = bytes[at + 2]!;
  const rate = pulseRate(bytes, at);
  const spo2 = bytes[at + 4]!;
  const fingerOut = (third & 0x10) !== 0;
  into.pleth = fingerOut ? Number.NaN : bytes[at + 1]!;
  into.spo2 = fingerOut || spo2 === 0 || spo2 === SPO2_INVALID ? Number.NaN : spo2;
  into.pulseRate = fingerOut || rate === 0 || rate === RATE_INVALID ? Number.NaN : rate;
  into.state =
    (fingerOut ? FINGER_OUT : 0) |
    (third & 0x20 ? SEARCHING : 0) |
    (first & 0x10 ? SEARCHING_LONG : 0) |
    (first & 0x20 ? SPO2_DROPPING : 0);
}
