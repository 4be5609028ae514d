import { BioxError } from "../../errors.js";

/**
 * The fold in which each row is tested, such that every fold has about the same share of each class. Without a seed these are the folds
 * of scikit-learn's `StratifiedKFold(folds)`: rows keep their order. With one, rows of a class are shuffled.
 *
 * @param labels class of each row
 * @throws BioxError FILE_INVALID where no class has a row for each fold
 */
export function stratifiedFolds(labels: ArrayLike<number>, folds: number, seed?: number): Int32Array {
  // Classes count in the order in which they first occur.
  const codes = new Map<number, number>();
  const coded = Int32Array.from(labels, (label) => {
    if (!codes.has(label)) codes.set(label, codes.size);
    return codes.get(label)!;
  });
  const members = Array.from(codes, ([, code]) => Array.from(coded.keys()).filter((row) => coded[row] === code));
  if (!members.some((rows) => rows.length >= folds))
    throw new BioxError(
      "FILE_INVALID",
      `Expected ${folds} windows or more of at least one class for ${folds} folds, but the largest has ${Math.max(0, ...members.map((rows) => rows.length))}.`,
      "Give more pairs.",
    );
  const sorted = coded.slice().sort();
  const result = new Int32Array(labels.length);
  const random = seed === undefined ? undefined : generator(seed);
  for (const [code, rows] of members.entries()) {
    // Of the sorted classes, fold f gets every one at a place f, f + folds, ...: its share of this class is the count of those.
    const queue: number[] = [];
    for (let fold = 0; fold < folds; fold++)
      for (let at = fold; at < sorted.length; at += folds) if (sorted[at] === code) queue.push(fold);
    if (random) shuffle(queue, random);
    for (const [at, row] of rows.entries()) result[row] = queue[at]!;
  }
  return result;
}

/** Fisher and Yates' shuffle. */
function shuffle(list: number[], random: () => number): void {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
}

/** Numbers from 0 up to 1 by Steele's SplitMix32: the same on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
