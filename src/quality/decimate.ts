/** Means of `factor` neighbours each: a low-pass and a lower rate in one, good enough for what lies far below the new rate. */
export function decimate(x: Float64Array, factor: number, y: Float64Array): void {
  for (let i = 0; i < y.length; i++) {
    let sum = 0;
    for (let k = i * factor; k < (i + 1) * factor; k++) sum += x[k]!;
    y[i] = sum / factor;
  }
}
