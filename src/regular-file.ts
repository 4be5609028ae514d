import type { Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { BioxError } from "./errors.js";
import { unreadable } from "./paths.js";

/**
 * Refuses what is not a regular file. A pipe or a device can keep its reader waiting for ever, and a look at its first bytes takes
 * them from whoever reads next; so it is asked before anything is opened.
 *
 * @throws BioxError FILE_INVALID naming what is there instead
 */
export function requireRegular(path: string, found: Stats): void {
  if (found.isFile()) return;
  throw new BioxError(
    "FILE_INVALID",
    `Expected '${path}' to be a file, but it is ${kindOf(found)}.`,
    found.isDirectory() ? "Give a file in it." : "Save its content to a file and give that.",
  );
}

/**
 * Opens a regular file for reading.
 *
 * @throws BioxError FILE_UNREADABLE, or FILE_INVALID when it is no regular file
 */
export async function openRegular(path: string): Promise<FileHandle> {
  try {
    requireRegular(path, await stat(path));
    return await open(path);
  } catch (cause) {
    throw cause instanceof BioxError ? cause : unreadable(path, cause);
  }
}

/**
 * The content of a regular file.
 *
 * @throws BioxError FILE_UNREADABLE, or FILE_INVALID when it is no regular file
 */
export async function readWhole(path: string): Promise<Uint8Array> {
  const file = await openRegular(path);
  try {
    return await file.readFile();
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return "a folder";
  if (found.isFIFO()) return "a named pipe";
  if (found.isSocket()) return "a socket";
  return "a device";
}
