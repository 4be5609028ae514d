import type { Marker } from "../recording.js";

/** Annotation codes of WFDB's ecgcodes.h: a comment, and the two that carry more than ten bits. */
const NOTE = 22;
export const SKIP = 59;
export const AUX = 63;

/**
 * Markers as comments in WFDB's annotation format ("MIT format"), each at its sample: words of six bits code and ten bits of distance from the
 * one before, longer distances by a SKIP, texts as AUX. Markers outside of the record are put at its ends.
 */
export function encodeAnnotations(
  markers: readonly { sample: number; marker: Marker }[],
  samples: number,
): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [];
  let last = 0;
  const word = (code: number, low: number): Buffer => Buffer.from([low & 0xff, (code << 2) | (low >> 8)]);
  for (const { sample, marker } of markers) {
    const at = Math.max(0, Math.min(samples - 1, Math.round(sample)));
    let step = at - last;
    last = at;
    if (step > 0x3ff) {
      // A 32-bit distance, its upper half first, as on a PDP-11.
      const far = Buffer.alloc(4);
      far.writeUInt16LE(step >>> 16, 0);
      far.writeUInt16LE(step & 0xffff, 2);
      parts.push(word(SKIP, 0), far);
      step = 0;
    }
    const text = Buffer.from(marker.name).subarray(0, 255);
    parts.push(word(NOTE, step), word(AUX, text.length), text, Buffer.alloc(text.length % 2));
  }
  parts.push(word(0, 0));
  return Uint8Array.from(Buffer.concat(parts));
}
