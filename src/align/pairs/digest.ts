import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { unreadable } from "../../paths.js";
import type { PairSource } from "./pair-set.js";

/**
 * Hash and length of a file, for provenance; it is read in pieces.
 *
 * @throws BioxError FILE_UNREADABLE
 */
export async function digest(path: string): Promise<PairSource> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return { file: path, sha256: hash.digest("hex"), bytes };
}
