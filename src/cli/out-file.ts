/** Files that commands write. */

import { constants, type Stats } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { BioxError, unwritable } from "../index.js";

export { writeWhole } from "../index.js";

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
    if (!there || there.isFile())
      await access(dirname(await realpath(path).catch(() => path)), constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(path, cause);
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
