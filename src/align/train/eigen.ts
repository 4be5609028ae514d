/** Eigenvalues in falling order, and as the rows of `vectors` [n, n] the eigenvectors of length 1 that belong to them. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

const MOST_SWEEPS = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations (Golub and Van Loan, "Matrix computations",
 * section 8.5): slower than others, O(n^3) a sweep and some ten sweeps, but as exact as float64 allows.
 *
 * @param matrix [n, n], symmetric; not changed
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  let scale = 0;
  for (const value of a) scale += value * value;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p * n + q]! ** 2;
    if (off <= scale * 1e-30) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j]! - a[i * n + i]!);
  const vectors = new Float64Array(n * n);
  for (const [row, from] of order.entries()) vectors.set(v.subarray(from * n, (from + 1) * n), row * n);
  return { values: Float64Array.from(order, (i) => a[i * n + i]!), vectors };
}

/** Makes element (p, q) zero. The rows of `v` turn along. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const pq = a[p * n + q]!;
  if (pq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * pq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  turn(a, p * n, q * n, 1, n, c, s);
  turn(a, p, q, n, n, c, s);
  a[p * n + q] = 0;
  a[q * n + p] = 0;
  turn(v, p * n, q * n, 1, n, c, s);
}

/** (x, y) -> (c x - s y, s x + c y) for two rows or columns. */
function turn(a: Float64Array, first: number, second: number, step: number, n: number, c: number, s: number): void {
  for (let i = 0; i < n; i++) {
    const x = a[first + i * step]!;
    const y = a[second + i * step]!;
    a[first + i * step] = c * x - s * y;
    a[second + i * step] = s * x + c * y;
  }
}
