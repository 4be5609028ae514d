import { type FrameRule, NO_FRAME } from "./sliding.js";

/** Bytes before the payload: 0A FA, length (u16, little-endian), type. */
export const OPENVIEW_HEADER_BYTES = 5;
/** Types of ProtoCentral's firmware: command, data, status, progress, log index, command response. */
const HIGHEST_TYPE = 6;
/** Messages that are no data are short, with at most so many bytes of payload; a longer one is damage. */
const LONGEST_OTHER = 64;

/** Whether a payload of this type has this length, and holds only what the device can measure; undefined for a type that it does not send. */
export type PayloadCheck = (type: number, length: number) => boolean | undefined;
export type ValueCheck = (bytes: Uint8Array, payload: number, type: number, length: number) => boolean;

/**
 * Rule of ProtoCentral's OpenView frame: `0A FA | length LSB, MSB | type | payload | 00 0B`.
 *
 * The format has no check sum. So the length must be one of the type, both ends must be there, and values must be possible. The README of
 * OpenView shows an end of `0B` alone, its firmwares send `00 0B`: both are taken.
 *
 * @param longest bytes of the longest payload with data
 * @param fits asked for data of the device; where it gives undefined, frames of up to 64 bytes of payload are let through to be counted
 */
export function openViewRule(longest: number, fits: PayloadCheck, plausible: ValueCheck): FrameRule {
  const match: FrameRule["match"] = (bytes, at, end) => {
    if (bytes[at] !== 0x0a) return NO_FRAME;
    if (at + 1 === end) return 0;
    if (bytes[at + 1] !== 0xfa) return NO_FRAME;
    if (at + OPENVIEW_HEADER_BYTES > end) return 0;
    const length = bytes[at + 2]! | (bytes[at + 3]! << 8);
    const type = bytes[at + 4]!;
    const known = fits(type, length);
    if (known === false) return NO_FRAME;
    if (known === undefined && (type < 1 || type > HIGHEST_TYPE || length > LONGEST_OTHER)) return NO_FRAME;
    const payload = at + OPENVIEW_HEADER_BYTES;
    const tail = payload + length;
    if (tail >= end) return 0;
    if (bytes[tail] !== 0x0b && bytes[tail] !== 0) return NO_FRAME;
    if (known && !plausible(bytes, payload, type, length)) return NO_FRAME;
    if (bytes[tail] === 0x0b) return tail + 1 - at;
    if (tail + 1 === end) return 0;
    return bytes[tail + 1] === 0x0b ? tail + 2 - at : NO_FRAME;
  };
  return { longest: Math.max(LONGEST_OTHER, longest) + OPENVIEW_HEADER_BYTES + 2, lock: 1, match };
}

/** One frame as the firmwares send it. */
export function encodeOpenView(type: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.of(0x0a, 0xfa, payload.length & 255, payload.length >> 8, type, ...payload, 0, 0x0b);
}
