import type { Safetensors } from "../../bundle/index.js";
import type { PairSet } from "../pairs/index.js";

/**
 * Some of the new modality's windows of a pair set, spread evenly over it, as `infer` takes prepared ones.
 *
 * @param most how many, 1 or more
 */
export function pairWindows(pairs: PairSet, most: number): Safetensors {
  const { dtype, shape } = pairs.new;
  const size = shape.reduce((a, b) => a * b, 1);
  const count = Math.min(most, pairs.length);
  const data = dtype === "float32" ? new Float32Array(count * size) : new BigInt64Array(count * size);
  for (let n = 0; n < count; n++) pairs.new.read(Math.floor((n * pairs.length) / count), data, n * size);
  const input = { dtype: dtype === "float32" ? "F32" : "I64", shape: [count, ...shape], data } as const;
  return { tensors: new Map([["input", input]]), metadata: {} };
}
