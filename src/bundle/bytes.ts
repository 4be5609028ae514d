import { createHash } from "node:crypto";

/**
 * The same bytes as a view of a buffer that holds nothing else. Node hands out slices of a shared pool and parsers
 * expect whole buffers; and a clone into another thread copies all of the underlying buffer.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const whole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return whole ? new Uint8Array(buffer) : Uint8Array.from(bytes);
}

/** SHA-256 in lower-case hexadecimal digits, as `bundle.json` has it. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
