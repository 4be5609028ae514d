import { seededUniform } from "../../devices/synthetic/random.js";
import { type Confusion, type Metrics, metricsOf, sumOf } from "./metrics.js";

/** From the 2.5th to the 97.5th percentile. */
export type Interval = readonly [low: number, high: number];
export type Intervals = Readonly<Record<keyof Metrics, Interval>>;

export const RESAMPLES = 2000;

/**
 * Confidence intervals of 95 %: subjects, not windows, are drawn with replacement, because the windows of one person are
 * no independent evidence (percentile bootstrap, Efron and Tibshirani 1993, chapter 13).
 *
 * @param matrices one for each subject
 * @param seed the same one draws the same subjects, so that models are compared on the same draws
 * @returns undefined with fewer than two subjects: one person says nothing of others
 */
export function bootstrap(
  matrices: readonly Confusion[],
  seed: number,
  resamples: number = RESAMPLES,
): Intervals | undefined {
  if (matrices.length < 2) return undefined;
  const next = seededUniform(seed);
  const { classes } = matrices[0]!;
  const samples: Metrics[] = [];
  for (let i = 0; i < resamples; i++) {
    const drawn = matrices.map(() => matrices[Math.floor(next() * matrices.length)]!);
    samples.push(metricsOf(sumOf(classes, drawn)));
  }
  const names = Object.keys(samples[0]!) as (keyof Metrics)[];
  return Object.fromEntries(names.map((name) => [name, interval(samples.map((sample) => sample[name]))])) as Intervals;
}

function interval(values: readonly number[]): Interval {
  // Kappa of a draw with one class only is no number.
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return [percentile(sorted, 0.025), percentile(sorted, 0.975)];
}

/** Between the two nearest, as numpy does. */
function percentile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  const above = sorted[Math.ceil(at)]!;
  return below + (above - below) * (at - Math.floor(at));
}
