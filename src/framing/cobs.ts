/** Room that `length` bytes may need when stuffed, without the delimiter. */
export function cobsMaxLength(length: number): number {
  return length + Math.floor(length / 254) + 1;
}

/**
 * Stuffs `bytes` so that none is zero (Cheshire and Baker, IEEE/ACM Trans. Networking 7(2), 1999) and writes them to
 * `out` from `at`. Returns the end. `out` needs `cobsMaxLength(bytes.length)` bytes from there; no delimiter is written.
 */
export function cobsEncodeInto(bytes: Uint8Array, out: Uint8Array, at = 0): number {
  let code = at;
  let next = at + 1;
  for (const byte of bytes) {
    // A full run of 254 is closed only when more follows, so that no empty run trails it.
    if (next - code === 255) {
      out[code] = 255;
      code = next++;
    }
    if (byte === 0) {
      out[code] = next - code;
      code = next++;
    } else {
      out[next++] = byte;
    }
  }
  out[code] = next - code;
  return next;
}

/**
 * Undoes the stuffing of `bytes[start..end)` into `out`. Returns the decoded length, or -1 where a length byte is 0 or
 * points past the end, or `out` is too small.
 */
export function cobsDecodeInto(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let read = start;
  let written = 0;
  while (read < end) {
    const code = bytes[read]!;
    const next = read + code;
    if (code === 0 || next > end || written + code > out.length + 1) return -1;
    for (let i = read + 1; i < next; i++) out[written++] = bytes[i]!;
    read = next;
    if (code < 255 && read < end) {
      if (written === out.length) return -1;
      out[written++] = 0;
    }
  }
  return written;
}
