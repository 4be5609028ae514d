/** A straight line through equally spaced values: its slope per step, and the standard error of that (ordinary least squares). */
export interface Slope {
  slope: number;
  error: number;
}

/** @param values three or more */
export function slopeOf(values: readonly number[]): Slope {
  const n = values.length;
  const middle = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const [i, value] of values.entries()) {
    xx += (i - middle) ** 2;
    xy += (i - middle) * (value - mean);
    yy += (value - mean) ** 2;
  }
  const slope = xy / xx;
  return { slope, error: Math.sqrt(Math.max(0, yy - slope * xy) / (n - 2) / xx) };
}
