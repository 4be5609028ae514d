/** A stretch of equal values of this length is a sensor that has stopped measuring. */
const FLAT_S = 0.25;
/** At the end of the range a strong signal may rest that long with each beat. */
const CLIPPED_S = 1;

/** Shares of a channel's samples, 0 to 1 each. */
export interface Defects {
  /** In runs of equal values of 0.25 s or longer; of 1 s at the largest or smallest value of the window. */
  flat: number;
  /** In shorter runs of 3 or more samples at the largest or smallest value of the window. */
  clipped: number;
}

/** What the plain look at a window's samples tells: whether the sensor moved at all, and whether it ran into its end. */
export function findDefects(x: Float64Array, rate: number): Defects {
  const flatRun = Math.max(3, Math.round(FLAT_S * rate));
  const clippedRun = Math.max(flatRun, Math.round(CLIPPED_S * rate));
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  let flat = 0;
  let clipped = 0;
  for (let start = 0; start < x.length; ) {
    const value = x[start]!;
    let end = start + 1;
    while (end < x.length && x[end] === value) end++;
    const run = end - start;
    const atEnd = value === low || value === high;
    if (run >= (atEnd ? clippedRun : flatRun)) flat += run;
    else if (run >= 3 && atEnd) clipped += run;
    start = end;
  }
  return { flat: flat / x.length, clipped: clipped / x.length };
}
