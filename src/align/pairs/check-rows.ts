import { BioxError } from "../../errors.js";
import type { PairSide } from "./pair-set.js";

/**
 * Reads every window of a side and refuses one that a model would turn into a confident wrong answer.
 *
 * @returns a note about windows in which nothing moves, which is how a sensor that was off looks; undefined where there are none
 * @throws BioxError FILE_INVALID naming the row
 */
export function checkWindows(side: PairSide, rows: number, where: (row: number) => string): string | undefined {
  const values = new Float32Array(side.shape.reduce((product, extent) => product * extent, 1));
  let flat = 0;
  let first = -1;
  for (let row = 0; row < rows; row++) {
    side.read(row, values);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new BioxError(
        "FILE_INVALID",
        `${where(row)}: '${side.name}' has ${values[bad]} at element ${bad} of the window, but expected are finite numbers.`,
        "Leave that pair out, or repair its recording.",
      );
    if (values.length > 1 && values.every((value) => value === values[0]) && flat++ === 0) first = row;
  }
  return flat === 0
    ? undefined
    : `'${side.name}' does not change within ${flat} of ${rows} windows (the first is ${where(first)}): was that sensor off?`;
}

/** @throws BioxError FILE_INVALID where a class is neither -1 (unknown) nor one of `classes` */
export function checkLabels(labels: Int32Array, where: (row: number) => string, classes?: number): void {
  const bad = labels.findIndex((label) => label < -1 || (classes !== undefined && label >= classes));
  if (bad < 0) return;
  const range = classes === undefined ? "0 and up" : `0 to ${classes - 1}`;
  throw new BioxError(
    "FILE_INVALID",
    `${where(bad)}: the label is ${labels[bad]}, but expected is a class from ${range}, or -1 where it is unknown.`,
    "Number the classes from 0, in the order of the model's outputs.",
  );
}

/**
 * Nobody may be in two splits: what a model learned from a person it would be judged on would look like skill.
 *
 * @throws BioxError FILE_INVALID naming both rows
 */
export function checkSubjects(
  subjects: readonly string[],
  splits: readonly string[],
  where: (row: number) => string,
): void {
  const seen = new Map<string, number>();
  for (const [row, subject] of subjects.entries()) {
    const before = seen.get(subject);
    if (before === undefined) seen.set(subject, row);
    else if (splits[before] !== splits[row])
      throw new BioxError(
        "FILE_INVALID",
        `Subject '${subject}' is in two splits: '${splits[before]}' (${where(before)}) and '${splits[row]}' (${where(row)}).`,
        "Split by subject, never by window: give all windows of a subject the same split.",
      );
  }
}
