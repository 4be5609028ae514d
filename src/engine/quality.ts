/** A stretch of equal values of this length is a sensor that has stopped measuring. */
const FLAT_S = 0.25;

/**
 * How much of a window is usable: the share of its samples that were received and are neither flat nor clipped, 0 to 1.
 *
 * Flat: runs of equal values of 0.25 s or longer. Clipped: runs of 3 or more samples at the largest or smallest value of the window.
 * Of several channels the worst counts. It says nothing about motion or about whether there is a pulse.
 *
 * @param signal one array per channel
 * @param missing samples of the window that were lost on the way
 */
export function signalQuality(signal: readonly Float64Array[], rate: number, missing: number): number {
  let worst = 1;
  for (const channel of signal) worst = Math.min(worst, usableShare(channel, Math.max(3, Math.round(FLAT_S * rate))));
  const present = 1 - missing / (signal[0]?.length ?? 1);
  return Math.max(0, Math.min(worst, present));
}

function usableShare(x: Float64Array, flatRun: number): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  let unusable = 0;
  for (let start = 0; start < x.length; ) {
    const value = x[start]!;
    let end = start + 1;
    while (end < x.length && x[end] === value) end++;
    const run = end - start;
    if (run >= flatRun || (run >= 3 && (value === low || value === high))) unusable += run;
    start = end;
  }
  return 1 - unusable / x.length;
}
