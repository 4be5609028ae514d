import type { TensorData } from "../dtype.js";

/**
 * Copies a strided view of a storage into row-major order.
 *
 * @param shape extents; an empty list is a scalar
 * @param strides in elements, as many as extents; 0 repeats
 * @returns as many numbers as the product of `shape`, rounded to 32 bits
 */
export function toContiguous(
  data: Exclude<TensorData, BigInt64Array | BigUint64Array>,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const out = new Float32Array(count);
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < count; i++) {
    out[i] = data[at]!;
    // As an odometer: the last index runs fastest, one that is full goes back to 0 and moves the one before it.
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      at -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
  return out;
}
