/** Whether the signal files of a WFDB record have what its header says of them. */

import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { unreadable } from "../../paths.js";
import { invalid } from "./signal-file.js";
import { readFrames, type WfdbPart } from "./wfdb-frames.js";
import { NOT_STORED } from "./wfdb-header.js";
import { PACKINGS } from "./wfdb-unpack.js";

/**
 * Reads a record through.
 *
 * @returns what is wrong with its length, where the rest can be used
 * @throws BioxError FILE_INVALID where samples are not those that were written, by the first of them or their sum; FILE_UNREADABLE
 */
export async function verifyWfdb(part: WfdbPart): Promise<string[]> {
  const { path, header, frames } = part;
  const { signals } = header;
  if (frames === 0 || signals.every(({ format }) => format === NOT_STORED)) return [];
  const sums = signals.map(() => 0);
  const first = signals.map(() => undefined as number | undefined);
  let read = 0;
  for await (const { count, samples } of readFrames(part)) {
    for (const [s, digits] of samples.entries()) {
      if (!digits) continue;
      const { missing = 0 } = PACKINGS.get(signals[s]!.format)!;
      let sum = sums[s]!;
      for (const digit of digits) sum = (sum + (Number.isNaN(digit) ? missing : digit)) | 0;
      sums[s] = sum;
      if (read === 0) first[s] = Number.isNaN(digits[0]!) ? missing : digits[0];
    }
    read += count;
  }
  if (read === 0) throw invalid(path, "holds no samples: its signal file is empty", "Record it again, for longer.");
  if (frames !== undefined && read < frames)
    return [`${path} announces ${frames} samples of a signal, but ${read} are there: a signal file was cut off.`];
  for (const [s, { name, format, initial, checksum }] of signals.entries()) {
    if (format === NOT_STORED) continue;
    const damaged = (what: string, said: number, found: number) =>
      invalid(
        path,
        `says that ${what} of ${name} is ${said}, but it is ${found}: these are not the samples that were written`,
        "Get the record again, or take that number out of its header if you trust the samples.",
      );
    // Who does not know them writes zeros, to get to the name that stands behind them.
    if (initial === 0 && (checksum ?? 0) === 0) continue;
    if (initial !== undefined && initial !== first[s]) throw damaged("the first number", initial, first[s]!);
    const sum = (sums[s]! << 16) >> 16;
    if (checksum !== undefined && (checksum << 16) >> 16 !== sum) throw damaged("the checksum", checksum, sum);
  }
  return frames === undefined ? [] : surplus(part, frames);
}

/** What stands in the signal files behind the frames that were announced. */
async function surplus({ path, header: { signals } }: WfdbPart, frames: number): Promise<string[]> {
  const found: string[] = [];
  for (const file of new Set(signals.filter(({ format }) => format !== NOT_STORED).map(({ file }) => file))) {
    const own = signals.filter((signal) => signal.file === file);
    const { format, start } = own[0]!;
    const { group, bytes } = PACKINGS.get(format)!;
    const samples = frames * own.reduce((sum, { perFrame }) => sum + perFrame, 0);
    const place = join(dirname(path), file);
    const { size } = await stat(place).catch((cause) => {
      throw unreadable(place, cause);
    });
    const extra = size - start - Math.ceil(samples / group) * bytes;
    if (extra > 0)
      found.push(
        `${place} has ${extra} bytes behind the ${frames} samples of a signal that ${path} announces: they are not read.`,
      );
  }
  return found;
}
