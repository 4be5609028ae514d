/**
 * Factors a symmetric positive definite matrix as L L^T.
 *
 * @param matrix [size, size] row-major; its lower half becomes L, the rest is left as it was
 */
export function cholesky(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let sum = matrix[row + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[row + k]! * matrix[other + k]!;
      matrix[row + j] = i === j ? Math.sqrt(sum) : sum / matrix[other + j]!;
    }
  }
}

/** x := L^-1 x, for the `size` numbers of `x` from `at` on. */
export function solveLower(L: Float64Array, size: number, x: Float64Array, at = 0): void {
  for (let i = 0; i < size; i++) {
    let sum = x[at + i]!;
    for (let k = 0; k < i; k++) sum -= L[i * size + k]! * x[at + k]!;
    x[at + i] = sum / L[i * size + i]!;
  }
}

/** x := L^-T x */
export function solveUpper(L: Float64Array, size: number, x: Float64Array, at = 0): void {
  for (let i = size - 1; i >= 0; i--) {
    const value = x[at + i]! / L[i * size + i]!;
    x[at + i] = value;
    for (let k = 0; k < i; k++) x[at + k]! -= L[i * size + k]! * value;
  }
}
