/** A point of a clock's line: device time and how much later than that it arrived, ms. */
export interface LinePoint {
  readonly x: number;
  readonly offset: number;
}

/** A line, how far from it a point may lie to be one of it, and the standard deviation of those that do, all ms. */
export interface RobustLine {
  at(x: number): number;
  readonly limit: number;
  readonly scatter: number;
}

/** Fewer points have no scatter that could be measured. */
const LEAST_FOR_SCATTER = 5;
/** Standard deviations of a normal distribution in its median absolute deviation. */
const PER_MAD = 1.4826;
const DEVIATIONS = 4;

/**
 * The line that most of a few points lie on, up to half of which may be held up or of before a jump: repeated median regression
 * (Siegel 1982, Robust regression using repeated medians), whose slope is the median over points of the median slope to all others.
 *
 * @param points in order of `x`, at least 1
 * @param steepest slopes beyond this, up or down, are not believed
 * @param least ms that a point may lie off in any case
 */
export function robustLine(points: readonly LinePoint[], steepest: number, least: number): RobustLine {
  const slope = Math.max(-steepest, Math.min(steepest, repeatedMedian(points)));
  const origin = points[0]!.x;
  const heights = points.map(({ x, offset }) => offset - slope * (x - origin));
  const few = points.length < LEAST_FOR_SCATTER;
  // Nothing arrives early: of a few points the least delayed is the one to go by.
  const height = few ? Math.min(...heights) : median(heights);
  const measured = few ? 0 : PER_MAD * median(heights.map((h) => Math.abs(h - height)));
  const scatter = Math.max(least / DEVIATIONS, measured);
  return { at: (x) => height + slope * (x - origin), limit: DEVIATIONS * scatter, scatter };
}

function repeatedMedian(points: readonly LinePoint[]): number {
  if (points.length < 2) return 0;
  const slopesFrom = (a: LinePoint): number[] =>
    points.flatMap((b) => (b.x === a.x ? [] : [(b.offset - a.offset) / (b.x - a.x)]));
  return median(points.map((point) => median(slopesFrom(point))));
}

function median(values: number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
