import { randomFillSync } from "node:crypto";

/** Ids of one ms count up from a random start in the lower half of these 12 bits. */
const SEQUENCE_BITS = 12;
const random = new Uint8Array(10);
let newest = -1;
let sequence = 0;

/**
 * A UUID version 7 (RFC 9562, section 5.7): unique without asking anybody, and sorted by time as text. Ids made by one process within
 * one ms are in order, too (section 6.2, method 1).
 *
 * @param at epoch ms, 0 or more
 */
export function messageId(at: number): string {
  const ms = Math.floor(at);
  randomFillSync(random);
  if (ms === newest) sequence = (sequence + 1) % 2 ** SEQUENCE_BITS;
  else sequence = ((random[8]! << 8) | random[9]!) % 2 ** (SEQUENCE_BITS - 1);
  newest = ms;
  const time = ms.toString(16).padStart(12, "0");
  const counter = sequence.toString(16).padStart(3, "0");
  random[0] = (random[0]! & 0x3f) | 0x80;
  const tail = Buffer.from(random.buffer, 0, 8).toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
