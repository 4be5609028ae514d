import { type FrameRule, NO_FRAME, WRONG_SUM } from "../../framing/sliding.js";

/** Frames of one packet; three packets a second. */
export const PACKET_FRAMES = 25;
export const FRAME_BYTES = 5;

/** One of the two frames, and where in it the fields lie. */
export interface NoninFrame extends FrameRule {
  /** Offset of the status byte. */
  readonly status: number;
  /** The waveform: 0 to 255 in format 2, 0 to 65535 in format 7. */
  pleth(bytes: Uint8Array, at: number): number;
}

/** Offset of the byte that carries heart rate, SpO2 and the rest, another one in each frame of a packet. */
export const EXTRA = 3;

export const STATUS_SYNC = 0x01;
export const STATUS_DISCONNECTED = 0x40;

function sumFits(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at]! + bytes[at + 1]! + bytes[at + 2]! + bytes[at + 3]!) & 0xff) === bytes[at + 4];
}

/** Data format 2: `01 | status | pleth | extra | sum of the four`. */
export const DF2: NoninFrame = {
  longest: FRAME_BYTES,
  lock: 2,
  trustsFirst: () => true,
  status: 1,
  match(bytes, at, end) {
    if (end - at < FRAME_BYTES) return 0;
    if (bytes[at] !== 0x01 || bytes[at + 1]! < 0x80) return NO_FRAME;
    return sumFits(bytes, at) ? FRAME_BYTES : WRONG_SUM;
  },
  pleth: (bytes, at) => bytes[at + 2]!,
};

/**
 * Data format 7: `status | pleth high | pleth low | extra | sum of the four`. It has no first byte of its own, hence the
 * longer lock.
 *
 * @param high weight of the first waveform byte; see the option `msb`
 */
export function df7(high: number): NoninFrame {
  return {
    longest: FRAME_BYTES,
    lock: 3,
    // A rate has two bits in its high byte: together with the sum, one random first frame in 80,000 passes.
    trustsFirst: (bytes, at) => (bytes[at]! & STATUS_SYNC) !== 0 && bytes[at + EXTRA]! < 4,
    status: 0,
    match(bytes, at, end) {
      if (end - at < FRAME_BYTES) return 0;
      if (bytes[at]! < 0x80) return NO_FRAME;
      return sumFits(bytes, at) ? FRAME_BYTES : WRONG_SUM;
    },
    pleth: (bytes, at) => bytes[at + 1]! * high + bytes[at + 2]!,
  };
}
