import { randomUUID } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { BioxError } from "../errors.js";
import { makeFolder, systemCode, unwritable } from "../paths.js";

/**
 * Refuses, before any work is done, a folder that cannot be written as a new one.
 *
 * @throws BioxError FILE_UNWRITABLE when there is anything but an empty folder at the path
 */
export async function requireEmpty(path: string): Promise<void> {
  try {
    if ((await readdir(path)).length > 0) throw Object.assign(new Error(), { code: "EEXIST" });
  } catch (cause) {
    if (systemCode(cause) !== "ENOENT") throw asUnwritable(path, cause);
  }
}

/**
 * Makes a folder that appears when it is complete, and not at all when something fails.
 *
 * @param path does not exist, or is an empty folder
 * @param write fills the folder that it is given
 * @param signal that `write` heeds; where it has fired, the promise rejects with its reason
 * @throws BioxError FILE_UNWRITABLE, and what `write` throws
 */
export async function newFolder(
  path: string,
  write: (part: string) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  await requireEmpty(path);
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    await makeFolder(part);
    await write(part);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { recursive: true, force: true });
    signal?.throwIfAborted();
    throw cause instanceof BioxError ? cause : asUnwritable(path, cause);
  }
}

function asUnwritable(path: string, cause: unknown): BioxError {
  const taken = ["ENOTEMPTY", "ENOTDIR"].includes(systemCode(cause) ?? "");
  return unwritable(path, taken ? Object.assign(new Error("", { cause }), { code: "EEXIST" }) : cause);
}
