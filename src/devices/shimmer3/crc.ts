/** CRC bytes at the end of each message, as command 8B sets them; 1 sends only the low byte. */
export type CrcBytes = 0 | 1 | 2;

const INITIAL = 0xb0ca;
const POLYNOMIAL = 0x1021;
/** Remainder of each byte. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 8;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 0x8000 ? (remainder << 1) ^ POLYNOMIAL : remainder << 1;
  return remainder;
});

/**
 * The check sum of Shimmer's firmware over `bytes[start..end)`: CRC-16, polynomial 1021, most significant bit first,
 * initially B0CA; an odd number of bytes is summed with a 0 behind them (log-and-stream-common, CRC/shimmer_swCrc.c).
 */
export function shimmerCrc(bytes: Uint8Array, start: number, end: number): number {
  let crc = INITIAL;
  for (let i = start; i < end; i++) crc = withByte(crc, bytes[i]!);
  return (end - start) % 2 === 1 ? withByte(crc, 0) : crc;
}

function withByte(crc: number, byte: number): number {
  return ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ byte]!;
}

/** Whether the `count` bytes at `end` are the sum of those from `start`. */
export function crcFits(bytes: Uint8Array, start: number, end: number, count: CrcBytes): boolean {
  if (count === 0) return true;
  const crc = shimmerCrc(bytes, start, end);
  return bytes[end] === (crc & 255) && (count === 1 || bytes[end + 1] === crc >> 8);
}

/** `message` with its sum behind it. */
export function withCrc(message: Uint8Array, count: CrcBytes): Uint8Array {
  const crc = shimmerCrc(message, 0, message.length);
  return Uint8Array.of(...message, ...[crc & 255, crc >> 8].slice(0, count));
}
