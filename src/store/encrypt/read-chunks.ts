import type { FileHandle } from "node:fs/promises";
import { readAt } from "../../stream/read-at.js";
import { CHUNK_EXTRA, HEADER_BYTES, LONGEST_CHUNK } from "./format.js";

/** Bytes that are looked at in one go for zeros. */
const BLOCK_BYTES = 1 << 16;

/** What stands at a place of the file: a chunk, the end, a chunk that was cut off, or what cannot be one. */
export type Place =
  | { readonly kind: "chunk"; readonly bytes: Buffer; readonly next: number }
  | { readonly kind: "end" | "cut" | "damaged" };

export const FIRST_CHUNK = HEADER_BYTES;

export async function chunkAt(path: string, file: FileHandle, position: number): Promise<Place> {
  const prefix = await readAt(path, file, position, 4);
  if (prefix.length === 0) return { kind: "end" };
  if (prefix.length < 4) return { kind: "cut" };
  const length = prefix.readUInt32LE();
  if (length < CHUNK_EXTRA || length > LONGEST_CHUNK)
    return { kind: (await onlyZeros(path, file, position + 4)) ? "cut" : "damaged" };
  const bytes = await readAt(path, file, position + 4, length);
  return bytes.length < length ? { kind: "cut" } : { kind: "chunk", bytes, next: position + 4 + length };
}

/**
 * Whether a chunk that does not authenticate was only never written to its end: where the power failed, a file system may leave zeros, and
 * they reach from within the chunk to the end of the file. Who makes such zeros on purpose gains no more than by cutting the file off.
 */
export async function wasCutOff(
  path: string,
  file: FileHandle,
  { bytes, next }: { bytes: Buffer; next: number },
): Promise<boolean> {
  return bytes.at(-1) === 0 && (await onlyZeros(path, file, next));
}

async function onlyZeros(path: string, file: FileHandle, from: number): Promise<boolean> {
  for (let position = from; ; ) {
    const block = await readAt(path, file, position, BLOCK_BYTES);
    if (block.length === 0) return true;
    if (!isZero(block)) return false;
    position += block.length;
  }
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
