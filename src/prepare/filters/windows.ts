export const WINDOWS = ["hamming", "hann", "blackman", "boxcar"] as const;
export type WindowName = (typeof WINDOWS)[number];

/** Coefficients of the cosine-sum windows, as in scipy.signal.windows.general_cosine. */
const COSINE_SUMS: Readonly<Record<WindowName, readonly number[]>> = {
  hamming: [0.54, 0.46],
  hann: [0.5, 0.5],
  blackman: [0.42, 0.5, 0.08],
  boxcar: [1],
};

/** A symmetric window of `length` values: sum_k (-1)^k a_k cos(2 pi k n / (length - 1)). */
export function cosineWindow(name: WindowName, length: number): Float64Array {
  const terms = COSINE_SUMS[name];
  return Float64Array.from({ length }, (_, n) => {
    if (length === 1) return 1;
    const angle = -Math.PI + (2 * Math.PI * n) / (length - 1);
    return terms.reduce((sum, term, k) => sum + term * Math.cos(k * angle), 0);
  });
}

/** Modified Bessel function of the first kind, order zero, by its power series: sum_k ((x / 2)^k / k!)^2. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

/** A symmetric Kaiser window of `length` values: I0(beta sqrt(1 - (2n / (length - 1) - 1)^2)) / I0(beta). */
export function kaiserWindow(beta: number, length: number): Float64Array {
  const centre = (length - 1) / 2;
  return Float64Array.from({ length }, (_, n) => {
    const u = centre === 0 ? 0 : (n - centre) / centre;
    return besselI0(beta * Math.sqrt(Math.max(0, 1 - u * u))) / besselI0(beta);
  });
}
