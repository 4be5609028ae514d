import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { BioxError } from "../errors.js";
import { unreadable } from "../paths.js";
import { requireRegular } from "../regular-file.js";

/** A file by its plain name, and what tells it from others of that name. */
export interface FileDigest {
  readonly file: string;
  /** Lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Hash and size of a file of any size, which is read in pieces.
 *
 * @throws BioxError FILE_UNREADABLE, or FILE_INVALID when it is no regular file
 */
export async function digestFile(path: string): Promise<FileDigest> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    requireRegular(path, await stat(path));
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (cause) {
    throw cause instanceof BioxError ? cause : unreadable(path, cause);
  }
  return { file: basename(path), sha256: hash.digest("hex"), bytes };
}
