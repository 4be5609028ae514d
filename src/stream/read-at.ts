import type { FileHandle } from "node:fs/promises";
import { BioxError } from "../errors.js";
import { unreadable } from "../paths.js";
import { openRegular } from "../regular-file.js";

/** Reads up to this length are prepared for without asking how long the file is. */
const UNASKED_BYTES = 1 << 20;

/** Opens a file for as long as `use` takes. */
export async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openRegular(path);
  try {
    return await use(file);
  } catch (cause) {
    throw cause instanceof BioxError ? cause : unreadable(path, cause);
  } finally {
    await file.close();
  }
}

/** As many bytes as there are from `position` on, up to `length`. */
export async function readAt(path: string, file: FileHandle, position: number, wanted: number): Promise<Buffer> {
  // What a damaged header claims must not be allocated.
  const length = wanted > UNASKED_BYTES ? Math.max(0, Math.min(wanted, (await file.stat()).size - position)) : wanted;
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled).catch((cause) => {
      throw unreadable(path, cause);
    });
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
