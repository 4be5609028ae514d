import { invalidArgument } from "../../errors.js";
import type { PooledFeatures } from "./cka.js";
import { fitLogistic, predictLogistic } from "./logistic.js";
import { macroF1 } from "./macro-f1.js";

/**
 * Macro-F1 of logistic regression (C = 1, features as they are) on each fold, fitted on the others.
 *
 * @param labels class of each row
 * @param folds fold in which each row is tested, from 0
 * @throws BioxError INVALID_ARGUMENT where the training rows of a fold are of one class only
 */
export function crossValidate(features: PooledFeatures, labels: Int32Array, folds: Int32Array): number[] {
  const count = folds.reduce((most, fold) => Math.max(most, fold + 1), 0);
  if (count < 2) throw invalidArgument("folds", "two folds or more", count);
  return Array.from({ length: count }, (_, fold) => {
    const [train, test] = [
      part(features, labels, folds, (f) => f !== fold),
      part(features, labels, folds, (f) => f === fold),
    ];
    const model = fitLogistic(train.values, train.labels, features.columns);
    return macroF1(test.labels, predictLogistic(model, test.values));
  });
}

function part(
  { columns, values }: PooledFeatures,
  labels: Int32Array,
  folds: Int32Array,
  pick: (fold: number) => boolean,
): { values: Float32Array; labels: Int32Array } {
  const rows = Int32Array.from(labels.keys()).filter((row) => pick(folds[row]!));
  const picked = new Float32Array(rows.length * columns);
  for (const [at, row] of rows.entries()) picked.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
  return { values: picked, labels: rows.map((row) => labels[row]!) };
}
