import { type FrameRule, NO_FRAME } from "../../framing/sliding.js";

/**
 * Frame of the OpenBCI Cyton: `start | counter | 8 x i24 | 6 auxiliary bytes | C0 + type`, big-endian
 * (docs.openbci.com/Cyton/CytonDataFormat; OpenBCI_32bit_Library).
 */
export const CYTON_FRAME_BYTES = 33;
export const CHANNELS = 8;
export const COUNTER_AT = 1;
export const VALUES_AT = 2;
export const AUX_AT = 26;
export const END_AT = 32;

/** First byte: the dongle puts A0 there; without a dongle the board's own `A` (41) comes through (Cyton_Library issue 86). */
export const START_BYTE = { dongle: 0xa0, direct: 0x41 } as const;
export type CytonLink = keyof typeof START_BYTE;

/** Low nibble of the last byte: what the auxiliary bytes are. */
export const FrameType = {
  accel: 0,
  rawAux: 1,
  user: 2,
  accelTimeSet: 3,
  accelTimeSynced: 4,
  rawAuxTimeSet: 5,
  rawAuxTimeSynced: 6,
} as const;

/** How far counters of neighbours may be apart and still bear each other out: a radio loses a few frames at a time. */
const MOST_LOST_BETWEEN_NEIGHBOURS = 8;

/** Frames from `a` to `b` by their 8-bit counters, 0 to 255. */
function steps(a: number, b: number): number {
  return (b - a) & 255;
}

export function cytonRule(link: CytonLink): FrameRule {
  const start = START_BYTE[link];
  return {
    longest: CYTON_FRAME_BYTES,
    lock: 2,
    trustsFirst: () => true,
    match(bytes, at, end) {
      if (bytes[at] !== start) return NO_FRAME;
      if (end - at < CYTON_FRAME_BYTES) return 0;
      const stop = bytes[at + END_AT]!;
      return (stop & 0xf0) === 0xc0 && (stop & 15) <= FrameType.rawAuxTimeSynced ? CYTON_FRAME_BYTES : NO_FRAME;
    },
    isNext: (bytes, last, at) => steps(bytes[last + COUNTER_AT]!, bytes[at + COUNTER_AT]!) === 1,
    follows(bytes, previous, at, last) {
      const counter = bytes[previous + COUNTER_AT]!;
      const next = bytes[at + COUNTER_AT]!;
      const step = steps(counter, next);
      if (step < 1 || step > MOST_LOST_BETWEEN_NEIGHBOURS) return false;
      if (last < 0) return true;
      // Counters rise: one that lies beyond that of its witness is damaged. 256 lost frames look like none.
      const before = bytes[last + COUNTER_AT]!;
      return (steps(before, counter) || 256) < (steps(before, next) || 256) || step === 1;
    },
  };
}

export function readI16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
}

export function readI24(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 8) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
