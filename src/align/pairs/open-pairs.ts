import { statSync } from "node:fs";
import { filePath, unreadable } from "../../paths.js";
import type { PairSet } from "./pair-set.js";
import { openSafetensorsPairs, type SafetensorsPairsOptions } from "./safetensors-pairs.js";

export type OpenPairsOptions = SafetensorsPairsOptions;

/**
 * Opens paired windows: a safetensors file with the prepared inputs of both models (docs/select.md tells its tensors).
 *
 * Everything is read through once, so that a pair which cannot be used is found here, by file and row, not after an hour of training.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID, INVALID_ARGUMENT
 */
export async function openPairs(path: string | URL, options: OpenPairsOptions = {}): Promise<PairSet> {
  const file = filePath("path", path);
  try {
    statSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  return openSafetensorsPairs(file, options);
}
