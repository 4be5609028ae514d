import { statSync } from "node:fs";
import { join } from "node:path";
import { filePath, unreadable } from "../../paths.js";
import type { PairSet } from "./pair-set.js";
import { openRecordings, type RecordingsOptions } from "./recordings/open-recordings.js";
import { DESCRIPTION } from "./recordings/read-description.js";
import { openSafetensorsPairs, type SafetensorsPairsOptions } from "./safetensors-pairs.js";

export type OpenPairsOptions = SafetensorsPairsOptions & RecordingsOptions;

/**
 * Opens paired windows: a safetensors file with the prepared inputs of both models, or a folder of paired recordings with a
 * `pairs.yaml` (or that file itself). docs/select.md describes both.
 *
 * Everything is read through once, so that a pair which cannot be used is found here, by file and row, not after an hour of training.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID, INVALID_ARGUMENT, PREPARE_INVALID, CHANNEL_MISSING
 */
export async function openPairs(path: string | URL, options: OpenPairsOptions = {}): Promise<PairSet> {
  const file = filePath("path", path);
  let isFolder: boolean;
  try {
    isFolder = statSync(file).isDirectory();
  } catch (cause) {
    throw unreadable(file, cause);
  }
  if (isFolder) return openRecordings(join(file, DESCRIPTION), options);
  return /\.ya?ml$/i.test(file) ? openRecordings(file, options) : openSafetensorsPairs(file, options);
}
