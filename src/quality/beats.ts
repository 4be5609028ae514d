/** Intervals this much off the median are not the heart's: a beat that was missed, or found twice. */
const SHORTEST = 0.6;
const LONGEST = 1.5;

/** Beats per minute from the times of beats in samples: from the mean of the intervals that are near the median; null below two of them. */
export function pulseRate(beats: readonly number[], rate: number): number | null {
  const intervals = beats.slice(1).map((time, i) => time - beats[i]!);
  if (intervals.length < 2) return null;
  const sorted = [...intervals].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const near = intervals.filter((interval) => interval > SHORTEST * median && interval < LONGEST * median);
  return near.length === 0 ? null : (60 * rate * near.length) / near.reduce((sum, interval) => sum + interval, 0);
}

/**
 * Mean correlation of each beat with the mean beat (Orphanidou et al., Signal-quality indices for the electrocardiogram and
 * photoplethysmogram, IEEE J. Biomed. Health Inform. 19(3), 2015): 1 where all are alike, 0 for fewer than two.
 *
 * @param half samples of a beat on each side of its peak; beats that the window cuts off do not count
 */
export function templateCorrelation(x: Float64Array, peaks: readonly number[], half: number): number {
  const whole = peaks.filter((top) => top - half >= 0 && top + half < x.length);
  if (whole.length < 2) return 0;
  const template = new Float64Array(2 * half + 1);
  for (const top of whole) for (let i = 0; i < template.length; i++) template[i]! += x[top - half + i]! / whole.length;
  return whole.reduce((sum, top) => sum + correlation(x, top - half, template), 0) / whole.length;
}

function correlation(x: Float64Array, from: number, y: Float64Array): number {
  const n = y.length;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += x[from + i]! / n;
    meanY += y[i]! / n;
  }
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[from + i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
