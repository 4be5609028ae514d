import { type FrameRule, WRONG_SUM } from "../../framing/sliding.js";

/** Remainders of the polynomial x^4 + x + 1, one for each nibble. */
const CRC4 = [0, 3, 6, 5, 12, 15, 10, 9, 11, 8, 13, 14, 7, 4, 1, 2];

/** Lengths of frames of 1 to 6 channels: of 10 bits the first four, of 6 bits the others; counter, digital lines and CRC. */
const LENGTHS = [3, 4, 6, 7, 8, 8];

export function frameBytes(channels: number): number {
  return LENGTHS[channels - 1]!;
}

/** The CRC of a frame of `length` bytes from `at`: over all nibbles but its own, the last one. */
export function crc4(bytes: Uint8Array, at: number, length: number): number {
  let crc = 0;
  const last = at + length - 1;
  for (let i = at; i < last; i++) {
    crc = CRC4[crc]! ^ (bytes[i]! >> 4);
    crc = CRC4[crc]! ^ (bytes[i]! & 15);
  }
  crc = CRC4[crc]! ^ (bytes[last]! >> 4);
  return CRC4[crc]!;
}

/** The counter of a frame, 0 to 15. */
export function counter(bytes: Uint8Array, at: number, length: number): number {
  return bytes[at + length - 1]! >> 4;
}

/** The digital lines: bit 0 input I1, bit 1 input I2, bit 2 output O1, bit 3 output O2. */
export function digital(bytes: Uint8Array, at: number, length: number): number {
  const nibble = bytes[at + length - 2]! >> 4;
  return ((nibble >> 3) & 1) | ((nibble >> 1) & 2) | ((nibble << 1) & 4) | ((nibble << 3) & 8);
}

/** Values of the first `channels` channels of a frame: 0 to 1023 for the first four, 0 to 63 for the others. */
export function readChannels(bytes: Uint8Array, at: number, channels: number, out: Float64Array): void {
  const end = at + frameBytes(channels);
  const b = (back: number): number => bytes[end - back]!;
  out[0] = ((b(2) & 0x0f) << 6) | (b(3) >> 2);
  if (channels > 1) out[1] = ((b(3) & 3) << 8) | b(4);
  if (channels > 2) out[2] = (b(5) << 2) | (b(6) >> 6);
  if (channels > 3) out[3] = ((b(6) & 0x3f) << 4) | (b(7) >> 4);
  if (channels > 4) out[4] = ((b(7) & 0x0f) << 2) | (b(8) >> 6);
  if (channels > 5) out[5] = b(8) & 0x3f;
}

/**
 * Frames of so many channels. They have no byte to begin with, and a CRC of 4 bits passes one in 16 of anything: so four frames
 * are asked for whose counters rise by one, which random bytes do once in 2^28.
 */
export function bitalinoRule(channels: number): FrameRule {
  const length = frameBytes(channels);
  return {
    longest: length,
    lock: 4,
    match(bytes, at, end) {
      if (end - at < length) return 0;
      return crc4(bytes, at, length) === (bytes[at + length - 1]! & 15) ? length : WRONG_SUM;
    },
    follows: (bytes, previous, at) => counter(bytes, at, length) === ((counter(bytes, previous, length) + 1) & 15),
  };
}
