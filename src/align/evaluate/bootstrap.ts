import { seededUniform } from "../../devices/synthetic/random.js";
import { type Confusion, type Metrics, meanOf, metricsOf, sumOf } from "./metrics.js";

/** From the 2.5th to the 97.5th percentile. */
export type Interval = readonly [low: number, high: number];
export type Intervals = Readonly<Record<keyof Metrics, Interval>>;

export const RESAMPLES = 2000;

/**
 * Confidence intervals of 95 %: subjects, not windows, are drawn with replacement, because the windows of one person are
 * no independent evidence (percentile bootstrap, Efron and Tibshirani 1993, chapter 13).
 *
 * @param draws of a model, one matrix for each subject in each; scores are averaged over them
 * @param seed the same one draws the same subjects, so that models are compared on the same draws
 * @returns undefined with fewer than two subjects: one person says nothing of others
 */
export function bootstrap(
  draws: readonly (readonly Confusion[])[],
  seed: number,
  resamples: number = RESAMPLES,
): Intervals | undefined {
  const first = draws[0]!;
  if (first.length < 2) return undefined;
  const next = seededUniform(seed);
  const { classes } = first[0]!;
  const samples: Metrics[] = [];
  for (let i = 0; i < resamples; i++) {
    const people = first.map(() => Math.floor(next() * first.length));
    samples.push(
      meanOf(
        draws.map((draw) =>
          metricsOf(
            sumOf(
              classes,
              people.map((subject) => draw[subject]!),
            ),
          ),
        ),
      ),
    );
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
