/** Four tables of 256: table k holds the remainders of a byte followed by k zero bytes ("slicing by four"). */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
    tables[byte] = remainder;
  }
  for (let i = 256; i < 1024; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 255]!;
  }
  return tables;
}

/**
 * Continues a CRC-32 (IEEE 802.3, reflected, as in zlib; check value of "123456789": cbf43926) over `bytes[start..end)`.
 * `crc` is 0 to begin; the result is unsigned. Ours and not zlib's, which wants a new view for each range.
 */
export function crc32(bytes: Uint8Array, start: number, end: number, crc = 0): number {
  let state = ~crc;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    state ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    state =
      TABLES[768 + (state & 255)]! ^
      TABLES[512 + ((state >>> 8) & 255)]! ^
      TABLES[256 + ((state >>> 16) & 255)]! ^
      TABLES[state >>> 24]!;
  }
  for (; i < end; i++) state = (state >>> 8) ^ TABLES[(state ^ bytes[i]!) & 255]!;
  return ~state >>> 0;
}
