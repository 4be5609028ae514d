import { addon } from "./addon.js";
import type { BridgeOptions } from "./bridge.js";
import { activeTarget, requireTarget } from "./simd.js";
import { checkCount, checkLength } from "./validate.js";

/** Products of centred columns, and the means that were taken off. */
export interface Gram {
  /** [p, q] row-major: sum over rows of (x_i - mean of x_i) (y_j - mean of y_j). */
  readonly product: Float64Array;
  /** Mean of each column of x, [p]. */
  readonly meanX: Float64Array;
  /** Mean of each column of y, [q]. */
  readonly meanY: Float64Array;
}

/**
 * The product X_c^T Y_c of two matrices with the same rows, columns centred; all sums are float64.
 *
 * @param x [rows, p] row-major
 * @param y [rows, q] row-major; may be `x`
 * @throws BioxError INVALID_ARGUMENT when lengths do not fit
 */
export function gram(
  x: Float32Array,
  p: number,
  y: Float32Array,
  q: number,
  rows: number,
  options: BridgeOptions = {},
): Gram {
  checkCount("p", p);
  checkCount("q", q);
  checkCount("rows", rows);
  checkLength("x", x, rows * p, "[rows, p]");
  checkLength("y", y, rows * q, "[rows, q]");
  const native = addon();
  const target = options.simd ? requireTarget("simd", options.simd, native.targets) : activeTarget();
  const [meanX, meanY, product] = [new Float64Array(p), new Float64Array(q), new Float64Array(p * q)];
  const scratch = new Float64Array(native.gramRows * (p + q));
  native.gram(x, p, y, q, rows, meanX, meanY, product, scratch, target);
  return { product, meanX, meanY };
}
