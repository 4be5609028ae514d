/** Rates that sketches and converters are set to, Hz. */
const USUAL = [
  1, 2, 4, 5, 8, 10, 12.5, 16, 20, 25, 31.25, 32, 40, 50, 60, 62.5, 75, 80, 100, 120, 125, 128, 150, 200, 250, 256, 300,
  400, 500, 512, 600, 800, 1000,
];

/** How far a measured rate may be from a usual one to be taken for it: half the distance of 125 and 128, and clocks are better. */
const TOLERANCE = 0.01;

/**
 * ms in one unit of a time column whose name does not say it, from the step between two samples: rates from 2.5 to 2500 Hz are
 * told apart.
 */
export function guessUnit(step: number): number {
  if (step < 0.4) return 1000;
  return step < 400 ? 1 : 0.001;
}

/** Half of the steps between these rising times are smaller. */
export function medianStep(times: readonly number[]): number {
  const steps = times.slice(1).map((time, i) => time - times[i]!);
  return steps.toSorted((a, b) => a - b)[steps.length >> 1]!;
}

/** Bounds of what a text link carries and a stream may have. */
export const LEAST_RATE = 0.1;
export const MOST_RATE = 4000;

/**
 * Samples a second from their times in ms, by least squares, so that jitter of single times counts little; a step of more than
 * 1.5 usual ones is taken for a gap. One of the usual rates where it is within 1 % of it. Undefined where the times do not
 * rise as those of samples do.
 */
export function rateOf(times: readonly number[]): number | undefined {
  const usualStep = medianStep(times);
  const numbers: number[] = [];
  for (let i = 0; i < times.length; i++) {
    const steps = i === 0 ? 0 : Math.max(1, Math.round((times[i]! - times[i - 1]!) / usualStep));
    numbers.push((numbers[i - 1] ?? 0) + steps);
  }
  const rate = 1000 / slope(numbers, times);
  if (!(rate >= LEAST_RATE && rate <= MOST_RATE)) return undefined;
  const usual = USUAL.find((each) => Math.abs(rate - each) <= TOLERANCE * each);
  return usual ?? Number(rate.toPrecision(4));
}

/** Slope of the straight line through points, by least squares. */
function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  let xy = 0;
  let xx = 0;
  for (let i = 0; i < x.length; i++) {
    xy += (x[i]! - meanX) * (y[i]! - meanY);
    xx += (x[i]! - meanX) ** 2;
  }
  return xy / xx;
}
