import { checkLabels, checkSubjects, checkWindows } from "./check-rows.js";
import type { PairSet } from "./pair-set.js";

/** What a file or folder says of its pairs. */
export type PairParts = Omit<PairSet, "rowsOf">;

/**
 * The pairs, once every row of them was looked at.
 *
 * @param classes number of classes, where known
 * @throws BioxError FILE_INVALID naming the row
 */
export function checkedPairs(parts: PairParts, classes?: number): PairSet {
  const { length, labels, splits, subjects } = parts;
  if (labels) checkLabels(labels, parts.where, classes);
  if (subjects && splits) checkSubjects(subjects, splits, parts.where);
  const odd = [parts.new, parts.old].flatMap((side) => checkWindows(side, length, parts.where) ?? []);
  return {
    ...parts,
    notes: [...parts.notes, ...odd],
    rowsOf(split) {
      const rows = Int32Array.from({ length }, (_, row) => row);
      return rows.filter((row) => (splits?.[row] ?? "pair") === split);
    },
  };
}
