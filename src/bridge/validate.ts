import { BioxError, invalidArgument } from "../errors.js";

/** Lengths beyond this cannot be counted exactly by the addon's callers, and no array is that long. */
const MAX_COUNT = 2 ** 31 - 1;

/** A whole number from 1 to 2^31 - 1. */
export function checkCount(name: string, value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MAX_COUNT)
    throw invalidArgument(name, "a whole number of at least 1", value);
  return value as number;
}

/** One of a few words. */
export function checkChoice<T extends string>(name: string, choices: readonly T[], value: unknown): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined)
    throw invalidArgument(name, choices.map((choice) => `'${choice}'`).join(choices.length > 2 ? ", " : " or "), value);
  return found;
}

// By tag, not by instanceof: an array from another realm (a vm context, a test runner) is as good.
function isFloat32Array(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && (value as Float32Array)[Symbol.toStringTag] === "Float32Array";
}

/** A Float32Array of any length. */
export function checkFloats(name: string, value: unknown): asserts value is Float32Array {
  if (!isFloat32Array(value)) throw invalidArgument(name, "a Float32Array", value);
}

/** A Float32Array of exactly `length` numbers; `shape` says in words where that length comes from. */
export function checkLength(
  name: string,
  value: unknown,
  length: number,
  shape: string,
): asserts value is Float32Array {
  checkFloats(name, value);
  if (value.length !== length) throw invalidArgument(name, `${shape}, ${length} numbers`, value);
}

/** Weights: as long as they must be, and without NaN or infinity, which would spread through every result. */
export function checkWeights(
  name: string,
  value: unknown,
  length: number,
  shape: string,
): asserts value is Float32Array {
  checkLength(name, value, length, shape);
  const bad = value.findIndex((number) => !Number.isFinite(number));
  if (bad >= 0)
    throw new BioxError(
      "INVALID_ARGUMENT",
      `Expected ${name} to hold finite numbers, but received ${value[bad]} at index ${bad}.`,
      "The weights are damaged or come from a training run that diverged.",
    );
}

/** Steps of time in features of `windows` windows and `channels` channels. */
export function timeOf(features: unknown, channels: number, windows: number): number {
  checkFloats("features", features);
  const time = features.length / (windows * channels);
  if (!Number.isInteger(time) || time < 1)
    throw invalidArgument("features", `${windows} x ${channels} channels x one or more steps of time`, features);
  return time;
}

/** The input is still being read while the output is written, so the two must not share memory. */
export function checkApart(inputName: string, input: Float32Array, outputName: string, output: Float32Array): void {
  if (input.buffer !== output.buffer) return;
  if (
    input.byteOffset < output.byteOffset + output.byteLength &&
    output.byteOffset < input.byteOffset + input.byteLength
  )
    throw new BioxError(
      "INVALID_ARGUMENT",
      `Expected ${inputName} and ${outputName} to be different memory, but they overlap.`,
      `Allocate ${outputName} on its own.`,
    );
}
