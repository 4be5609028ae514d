import { type FrameRule, NO_FRAME } from "../../framing/sliding.js";
import { FINGER_OUT, type Reading, SEARCHING, SEARCHING_LONG } from "./reading.js";

const V7_BYTES = 9;
const TYPE_LIVE = 0x01;
/** Above are only the mark for "not valid", 255, and damage. */
const HIGHEST_RATE = 250;

/** Data byte `k`, 0 to 6, with its bit 7 put back from bit `k` of the byte of high bits. */
function data(bytes: Uint8Array, at: number, k: number): number {
  return (bytes[at + 2 + k]! & 0x7f) | (((bytes[at + 1]! >> k) & 1) << 7);
}

/**
 * The live frame of firmware 4.6 and later: type 1, a byte with the high bits of the data, 7 data bytes. All but the
 * type have bit 7 set on the wire. No check sum: nine bytes with bit 7 in place are passed by one random frame in 2^16.
 */
export const V7_RULE: FrameRule = {
  longest: V7_BYTES,
  lock: 2,
  trustsFirst: () => true,
  match(bytes, at, end) {
    if (end - at < V7_BYTES) return 0;
    if (bytes[at] !== TYPE_LIVE) return NO_FRAME;
    for (let i = 1; i < V7_BYTES; i++) if (bytes[at + i]! < 0x80) return NO_FRAME;
    return V7_BYTES;
  },
};

export function readV7Frame(bytes: Uint8Array, at: number, into: Reading): void {
  const flags = data(bytes, at, 0);
  const wave = data(bytes, at, 1);
  const bar = data(bytes, at, 2);
  const rate = data(bytes, at, 3);
  const spo2 = data(bytes, at, 4);
  const fingerOut = (flags & 0x80) !== 0;
  into.pleth = fingerOut ? Number.NaN : wave & 0x7f;
  into.spo2 = fingerOut || spo2 === 0 || spo2 > 100 ? Number.NaN : spo2;
  into.pulseRate = fingerOut || rate === 0 || rate > HIGHEST_RATE ? Number.NaN : rate;
  into.perfusion = fingerOut || bar & 0x10 ? Number.NaN : data(bytes, at, 5) | (data(bytes, at, 6) << 8);
  into.state = (fingerOut ? FINGER_OUT : 0) | (wave & 0x80 ? SEARCHING : 0) | (flags & 0x10 ? SEARCHING_LONG : 0);
}
