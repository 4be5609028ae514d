import type { InferenceSession } from "onnxruntime-node";
import { BioxError } from "../errors.js";
import { allocate, execute, type HalfSpec, isOpen, product } from "./session.js";

/** Largest difference between a window's output alone and beside another, relative to the largest output. */
const SAME = 1e-4;
/** Fatal errors only: that a half does not take two windows is no news for stderr. */
const QUIET = { logSeverityLevel: 4 } as const;

/** Shape of several windows: the first dimension holds them one after another. */
export function times(count: number, [first = 1, ...rest]: readonly number[]): number[] {
  return [count * first, ...rest];
}

/**
 * Whether a half takes several windows at once. An open first dimension promises it, but a graph may have the number 1 within, or mix
 * windows; so two are tried, together and each alone.
 */
export async function takesTogether(
  session: InferenceSession,
  spec: HalfSpec,
  shape: readonly number[],
): Promise<boolean> {
  const declared = session.inputMetadata[session.inputNames.indexOf(spec.input)];
  if (!declared?.isTensor || !isOpen(declared.shape[0])) return false;
  const size = product(shape);
  const input = allocate(spec.dtype, 2 * size);
  // Whole numbers are indices as a rule: 0 and 1 are the ones that every table has.
  for (let i = 0; i < 2 * size; i++) {
    if (input instanceof BigInt64Array) input[i] = BigInt(i & 1);
    else input[i] = input instanceof Int32Array ? i & 1 : Math.sin(i * i);
  }
  try {
    const together = (await execute(session, spec, input, times(2, shape), QUIET)).data;
    const alone = [
      (await execute(session, spec, input.subarray(0, size), shape)).data,
      (await execute(session, spec, input.subarray(size), shape)).data,
    ];
    return isSame(together, alone);
  } catch (error) {
    if (error instanceof BioxError) return false;
    throw error;
  }
}

function isSame(together: Float32Array, [first, second]: readonly Float32Array[]): boolean {
  const length = first!.length;
  if (together.length !== 2 * length) return false;
  const largest = together.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return together.every((value, i) => {
    const expected = i < length ? first![i]! : second![i - length]!;
    return Object.is(value, expected) || Math.abs(value - expected) <= SAME * largest;
  });
}
