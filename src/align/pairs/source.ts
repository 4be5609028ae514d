import { digestFile } from "../../bundle/index.js";
import type { PairSource } from "./pair-set.js";

/**
 * Hash and length of a file by the path that it was given as, for provenance and messages.
 *
 * @throws BioxError FILE_UNREADABLE, or FILE_INVALID when it is no regular file
 */
export async function source(path: string): Promise<PairSource> {
  return { ...(await digestFile(path)), file: path };
}
