/** Files that commands write. */

import { constants, type Stats } from "node:fs";
import { access, open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { BioxError, unwritable } from "../index.js";

/**
 * Refuses, before any work is done, a path at which its result could not be written.
 *
 * @param existing what is to become of a file that is there already
 * @throws BioxError FILE_UNWRITABLE
 */
export async function requireWritable(path: string, existing: "keep" | "replace"): Promise<void> {
  const there = await find(path);
  if (there?.isDirectory())
    throw new BioxError("FILE_UNWRITABLE", `File '${path}' cannot be written: it is a folder.`, "Name a file in it.");
  if (there && existing === "keep") throw unwritable(path, Object.assign(new Error(), { code: "EEXIST" }));
  try {
    if (there) await access(path, constants.W_OK);
    if (!there || there.isFile()) await access(dirname(await target(path)), constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/**
 * Writes a file in one move: whoever looks for it finds the old content or all of the new, even when the disk runs full or the power
 * fails on the way. What is no regular file (/dev/null, a pipe) is written as it is, for a move would take its place.
 *
 * @throws BioxError FILE_UNWRITABLE
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const there = await find(path);
    if (there && !there.isFile()) await writeFile(path, bytes);
    else await replace(await target(path), bytes, there?.mode);
  } catch (cause) {
    throw cause instanceof BioxError ? cause : unwritable(path, cause);
  }
}

async function replace(path: string, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    const file = await open(part, "wx");
    try {
      if (mode !== undefined) await file.chmod(mode & 0o777);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    throw cause;
  }
}

/** What is at a path; undefined where nothing is. */
async function find(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unwritable(path, cause);
  }
}

/** The file behind a symbolic link, so that the link stays. */
async function target(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
