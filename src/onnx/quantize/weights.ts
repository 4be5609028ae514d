/** Most of an int8 that is used: symmetric, so that no zero point is needed. */
const LARGEST = 127;

/**
 * Largest sum of the magnitudes of two weights that are multiplied together, less the half that rounding may add.
 *
 * x86 processors without VNNI add the products of two neighbours in 16 bits (`vpmaddubsw`), and what does not fit is cut
 * off without a word: activations up to 255 times 128 is 32640, which fits; times 129 does not.
 */
const LARGEST_PAIR = 127.5;

/** A matrix in int8: W[k, n] is about `values[k * columns + n] * scales[n]`. */
export interface Int8Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/**
 * Rounds a matrix to int8, each column (output channel) with its own scale.
 *
 * A column's scale is the smallest with which no weight is beyond 127 and no two neighbours (rows 0 and 1, 2 and 3, ...)
 * have magnitudes of more than 128 together. The second rule costs part of the eighth bit, and gives the same result on
 * every processor; the usual way out, 7 bits for all weights (`reduce_range`), costs all of it.
 *
 * @param W row-major [rows, columns], finite
 */
export function toInt8(W: Float32Array, rows: number, columns: number): Int8Matrix {
  const scales = new Float32Array(columns);
  for (let k = 0; k < rows; k += 2)
    for (let n = 0; n < columns; n++) {
      const even = Math.abs(W[k * columns + n]!);
      const odd = k + 1 < rows ? Math.abs(W[(k + 1) * columns + n]!) : 0;
      // In float32, as other quantisers compute it.
      const least = Math.fround(Math.max(Math.max(even, odd) / LARGEST, (even + odd) / LARGEST_PAIR));
      if (least > scales[n]!) scales[n] = least;
    }
  // A column of zeros, or of numbers too small for a scale.
  for (let n = 0; n < columns; n++) if (scales[n] === 0) scales[n] = 1;
  const values = new Int8Array(rows * columns);
  for (let i = 0; i < values.length; i++) values[i] = roundHalfEven(Math.fround(W[i]! / scales[i % columns]!));
  return { rows, columns, values, scales };
}

function roundHalfEven(value: number): number {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
