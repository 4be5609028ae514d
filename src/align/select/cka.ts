import { gram } from "../../bridge/index.js";

/** Features of one block, pooled over time: [rows, columns] row-major. */
export interface PooledFeatures {
  readonly columns: number;
  readonly values: Float32Array;
}

/**
 * Linear centred kernel alignment of features of the same windows: how alike two blocks see them, from 0 to 1.
 *
 *     |Yc^T Xc|^2 / (|Xc^T Xc| |Yc^T Yc|)       Frobenius norms, columns centred (Kornblith et al. 2019, section 3, biased)
 *
 * It does not change when features are rotated, shifted or scaled. Where one side is constant there is nothing to align: NaN.
 *
 * @returns cka[i][j] for `xs[i]` and `ys[j]`
 */
export function linearCka(xs: readonly PooledFeatures[], ys: readonly PooledFeatures[], rows: number): number[][] {
  const [ofX, ofY] = [xs.map((x) => norm(x, x, rows)), ys.map((y) => norm(y, y, rows))];
  return xs.map((x, i) => ys.map((y, j) => norm(y, x, rows) ** 2 / (ofX[i]! * ofY[j]!)));
}

/** Frobenius norm of Xc^T Yc. */
function norm(x: PooledFeatures, y: PooledFeatures, rows: number): number {
  const { product } = gram(x.values, x.columns, y.values, y.columns, rows);
  let sum = 0;
  for (const value of product) sum += value * value;
  return Math.sqrt(sum);
}
