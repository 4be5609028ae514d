/**
 * Peaks as scipy.signal.find_peaks(x, height, distance, prominence) finds them: local maxima (of a flat top the middle), of which those
 * below `height` are left out, then of any two nearer than `distance` samples the lower one, then those below `prominence`.
 */
export function findPeaks(
  x: Float64Array,
  {
    height = Number.NEGATIVE_INFINITY,
    distance = 1,
    prominence = 0,
  }: { height?: number; distance?: number; prominence?: number },
): number[] {
  const tops = localMaxima(x).filter((i) => x[i]! >= height);
  return farApart(x, tops, distance).filter((i) => prominence <= 0 || prominenceOf(x, i) >= prominence);
}

function localMaxima(x: Float64Array): number[] {
  const found: number[] = [];
  for (let i = 1; i < x.length - 1; i++) {
    if (!(x[i - 1]! < x[i]!)) continue;
    let end = i + 1;
    while (end < x.length - 1 && x[end] === x[i]) end++;
    if (x[end]! < x[i]!) found.push((i + end - 1) >> 1);
    i = end - 1;
  }
  return found;
}

function farApart(x: Float64Array, tops: number[], distance: number): number[] {
  const keep = new Uint8Array(tops.length).fill(1);
  const byHeight = tops.map((_, k) => k).sort((a, b) => x[tops[a]!]! - x[tops[b]!]! || a - b);
  for (let n = byHeight.length - 1; n >= 0; n--) {
    const k = byHeight[n]!;
    if (!keep[k]) continue;
    for (let j = k - 1; j >= 0 && tops[k]! - tops[j]! < distance; j--) keep[j] = 0;
    for (let j = k + 1; j < tops.length && tops[j]! - tops[k]! < distance; j++) keep[j] = 0;
  }
  return tops.filter((_, k) => keep[k]);
}

/** Height above the higher of the two lowest points on the way to higher ground (or the end) on both sides. */
function prominenceOf(x: Float64Array, top: number): number {
  const base = (step: number): number => {
    let low = x[top]!;
    for (let i = top + step; i >= 0 && i < x.length && x[i]! <= x[top]!; i += step) low = Math.min(low, x[i]!);
    return low;
  };
  return x[top]! - Math.max(base(-1), base(1));
}

/** The top of a parabola through a peak and its neighbours, in samples. */
export function refinePeak(x: Float64Array, top: number): number {
  if (top < 1 || top > x.length - 2) return top;
  const [a, b, c] = [x[top - 1]!, x[top]!, x[top + 1]!];
  const bend = a - 2 * b + c;
  return bend === 0 ? top : top + (0.5 * (a - c)) / bend;
}
