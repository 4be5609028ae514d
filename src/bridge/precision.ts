import type { NativeBridge } from "./addon.js";
import { checkChoice } from "./validate.js";

/**
 * How the larger matrices of a bridge are stored: 4, 2 or about 1 byte a weight. Sums are float32, but those of int8 weights with the
 * hidden vector: whole numbers, exact, of a hidden vector in 16 bits.
 */
export type Precision = "float32" | "float16" | "int8";

export const PRECISIONS: readonly Precision[] = ["float32", "float16", "int8"];

/** One of the precisions; float32 where none is given. */
export function requirePrecision(value: unknown): Precision {
  return checkChoice("precision", PRECISIONS, value ?? "float32");
}

/** Inputs that a bridge is compared on at load. */
const WINDOWS = 4;

/**
 * How far two bridges of the same sizes are apart: largest difference of their outputs on a few pooled inputs, evenly spread over
 * -1 to 1, relative to the largest output of `exact`. 0 where all outputs are 0.
 */
export function differenceOf(
  bridge: NativeBridge,
  exact: NativeBridge,
  sizes: { channelsIn: number; rank: number; outputs: number },
): number {
  // A fixed sequence, so that a bundle reports the same error at every load. Constants of Numerical Recipes' generator.
  let state = 1;
  const pooled = new Float32Array(sizes.channelsIn);
  const hidden = new Float32Array(sizes.rank);
  const out = new Float32Array(sizes.outputs);
  const expected = new Float32Array(sizes.outputs);
  let difference = 0;
  let largest = 0;
  for (let window = 0; window < WINDOWS; window++) {
    for (let i = 0; i < pooled.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      pooled[i] = state / 2 ** 31 - 1;
    }
    for (const [which, target] of [
      [bridge, out],
      [exact, expected],
    ] as const) {
      which.project(pooled, hidden, 1);
      which.expandMix(hidden, target, 1);
    }
    for (let i = 0; i < out.length; i++) {
      difference = Math.max(difference, Math.abs(out[i]! - expected[i]!));
      largest = Math.max(largest, Math.abs(expected[i]!));
    }
  }
  return difference === 0 ? 0 : difference / largest;
}
