/** What is made small. */
export type LossKind = "cosine" | "mse" | "l1";
export const LOSSES: readonly LossKind[] = ["cosine", "mse", "l1"];

/**
 * Added to each squared norm under the root, so that the cosine of a zero vector is 0 and its gradient finite. Norms of
 * real outputs are many times larger.
 */
const EPSILON = 1e-12;

/**
 * Loss of one window, and its gradient.
 *
 * - cosine: 1 - <a, b> / sqrt((<a, a> + 1e-12) (<b, b> + 1e-12)) over all numbers of the window
 * - mse: mean of (a - b)^2
 * - l1: mean of |a - b|
 *
 * @param a what the bridge gives
 * @param b what it should be, as long
 * @param gradient where d loss / d a * `scale` is written; it may be left out
 * @returns the loss, summed in float64
 */
export function lossOf(kind: LossKind, a: Float32Array, b: Float32Array, gradient?: Float32Array, scale = 1): number {
  return kind === "cosine" ? cosine(a, b, gradient, scale) : distance(kind, a, b, gradient, scale);
}

function cosine(a: Float32Array, b: Float32Array, gradient: Float32Array | undefined, scale: number): number {
  let product = 0;
  let own = EPSILON;
  let other = EPSILON;
  for (let i = 0; i < a.length; i++) {
    const left = a[i]!;
    const right = b[i]!;
    product += left * right;
    own += left * left;
    other += right * right;
  }
  const norms = Math.sqrt(own * other);
  if (gradient) {
    const along = (scale * product) / (own * norms);
    const towards = scale / norms;
    for (let i = 0; i < a.length; i++) gradient[i] = along * a[i]! - towards * b[i]!;
  }
  return 1 - product / norms;
}

function distance(
  kind: "mse" | "l1",
  a: Float32Array,
  b: Float32Array,
  gradient: Float32Array | undefined,
  scale: number,
): number {
  const share = scale / a.length;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += kind === "mse" ? difference * difference : Math.abs(difference);
    if (gradient) gradient[i] = share * (kind === "mse" ? 2 * difference : Math.sign(difference));
  }
  return sum / a.length;
}
