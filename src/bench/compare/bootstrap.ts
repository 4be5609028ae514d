import { median } from "../interleave.js";
import { sequence } from "../synthetic/sequence.js";

const RESAMPLES = 2000;
/** Share of resamples outside the interval. Some twenty times are judged at once: at 1 % one false alarm comes in five comparisons at most. */
const OUTSIDE = 0.01;
/** Fewer blocks than this say nothing about their spread. */
const LEAST_BLOCKS = 5;

export interface RatioInterval {
  /** Median of `after` over that of `before`. */
  ratio: number;
  /** 99 % interval of that ratio. */
  low: number;
  high: number;
}

/**
 * The ratio of two medians with its interval by the percentile bootstrap (Efron 1979): blocks of each run are drawn again with
 * replacement, and the ratio is taken again. The same input gives the same interval.
 */
export function bootstrapRatio(before: readonly number[], after: readonly number[]): RatioInterval | undefined {
  if (before.length < LEAST_BLOCKS || after.length < LEAST_BLOCKS) return undefined;
  const center = median(before);
  if (!(center > 0)) return undefined;
  const draws = sequence(RESAMPLES * (before.length + after.length), 1, 0.5);
  let at = 0;
  const again = (values: readonly number[]): number =>
    median(values.map(() => values[Math.min(values.length - 1, Math.floor((draws[at++]! + 0.5) * values.length))]!));
  const ratios = Float64Array.from({ length: RESAMPLES }, () => {
    const denominator = again(before);
    return again(after) / denominator;
  }).sort();
  const rank = (share: number): number => ratios[Math.min(RESAMPLES - 1, Math.floor(share * RESAMPLES))]!;
  return { ratio: median(after) / center, low: rank(OUTSIDE / 2), high: rank(1 - OUTSIDE / 2) };
}
