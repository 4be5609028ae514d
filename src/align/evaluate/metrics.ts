import { invalidArgument } from "../../errors.js";

/** Counts [K, K], row-major: row is the true class, column the predicted one. */
export interface Confusion {
  readonly classes: number;
  readonly counts: Float64Array;
}

/** What one confusion matrix says. All from 0 to 1 but `kappa`, which is -1 to 1; with no row at all every one is NaN. */
export interface Metrics {
  /** Mean over the true classes that occur of the share of their rows that was recognised (Brodersen et al. 2010). */
  balancedAccuracy: number;
  /** Mean of F1 over the classes that occur, as truth or as prediction; F1 of a class that is never right is 0. */
  macroF1: number;
  /** Mean of F1 weighted by how often a class is true. */
  weightedF1: number;
  /** Agreement beyond chance (Cohen 1960); NaN where both sides name one and the same class only. */
  kappa: number;
  accuracy: number;
}

/**
 * @param truth class of each row, 0 to classes - 1
 * @param predicted the same for what a model says
 * @param rows which rows count, repeated ones as often as they occur; default all
 */
export function confusion(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
  rows?: ArrayLike<number>,
): Confusion {
  if (truth.length !== predicted.length)
    throw invalidArgument("predicted", `as many classes as truth (${truth.length})`, predicted.length);
  const counts = new Float64Array(classes * classes);
  const count = rows?.length ?? truth.length;
  for (let i = 0; i < count; i++) {
    const row = rows ? rows[i]! : i;
    counts[classOf("truth", truth, row, classes) * classes + classOf("predicted", predicted, row, classes)]!++;
  }
  return { classes, counts };
}

function classOf(name: string, values: ArrayLike<number>, row: number, classes: number): number {
  const value = values[row];
  if (value !== undefined && Number.isInteger(value) && value >= 0 && value < classes) return value;
  throw invalidArgument(`${name}[${row}]`, `a class from 0 to ${classes - 1}`, value);
}

/** Sum of matrices, for rows that were counted apart. */
export function sumOf(classes: number, matrices: Iterable<Confusion>): Confusion {
  const counts = new Float64Array(classes * classes);
  for (const matrix of matrices) for (let i = 0; i < counts.length; i++) counts[i]! += matrix.counts[i]!;
  return { classes, counts };
}

/** The conventions are scikit-learn's, with `zero_division=0` and the labels that occur. */
export function metricsOf({ classes, counts }: Confusion): Metrics {
  const truth = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  let total = 0;
  let right = 0;
  for (let t = 0; t < classes; t++)
    for (let p = 0; p < classes; p++) {
      const count = counts[t * classes + p]!;
      truth[t]! += count;
      predicted[p]! += count;
      total += count;
      if (t === p) right += count;
    }
  let recall = 0;
  let present = 0;
  let f1 = 0;
  let named = 0;
  let weighted = 0;
  let chance = 0;
  for (let k = 0; k < classes; k++) {
    const hits = counts[k * classes + k]!;
    if (truth[k]! > 0) {
      present++;
      recall += hits / truth[k]!;
    }
    if (truth[k]! + predicted[k]! > 0) {
      named++;
      const score = (2 * hits) / (truth[k]! + predicted[k]!);
      f1 += score;
      weighted += score * truth[k]!;
    }
    chance += truth[k]! * predicted[k]!;
  }
  const expected = chance / total ** 2;
  return {
    balancedAccuracy: recall / present,
    macroF1: f1 / named,
    weightedF1: weighted / total,
    kappa: (right / total - expected) / (1 - expected),
    accuracy: right / total,
  };
}

/** Mean of each score. */
export function meanOf(all: readonly Metrics[]): Metrics {
  const names = Object.keys(all[0]!) as (keyof Metrics)[];
  const mean = (name: keyof Metrics): number => all.reduce((sum, one) => sum + one[name], 0) / all.length;
  return Object.fromEntries(names.map((name) => [name, mean(name)])) as unknown as Metrics;
}
