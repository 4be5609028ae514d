import type { BridgedModel } from "../../engine/model.js";
import { BioxError } from "../../errors.js";
import type { PreparedArray } from "../../prepare/index.js";

/** The ways to run a model that are compared, as reports name them. */
export const CONTENDERS = ["biox", "merged", "threeSessions"] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** One way to run the whole model: fill `input` with a prepared window, await `run()`, read `logits` and `probs`. */
export interface ModelContender {
  readonly name: ContenderName;
  readonly input: PreparedArray;
  /** [K] each. */
  readonly logits: Float32Array;
  readonly probs: Float32Array;
  run(): Promise<void>;
  release(): Promise<void>;
}

/** What a contender was made from, where it is this package's own model. */
export interface BioxContender extends ModelContender {
  readonly name: "biox";
  readonly model: BridgedModel;
}

/** Puts one prepared window into a contender's input, which has the same type. */
export function fill(contender: ModelContender, prepared: PreparedArray): void {
  (contender.input as Float32Array).set(prepared as Float32Array);
}

/**
 * How far two answers are apart: the largest difference of a probability, or of a logit relative to the largest logit (or to 1),
 * whichever is more. Probabilities alone would agree wherever one class is certain. NaN counts as infinitely far.
 */
export function outputDifference(a: ModelContender, b: ModelContender): number {
  let probs = 0;
  let logits = 0;
  let scale = 1;
  for (let k = 0; k < a.probs.length; k++) {
    probs = larger(probs, Math.abs(a.probs[k]! - b.probs[k]!));
    logits = larger(logits, Math.abs(a.logits[k]! - b.logits[k]!));
    scale = Math.max(scale, Math.abs(a.logits[k]!));
  }
  return larger(probs, logits / scale);
}

/** Refuses to go on where times would be those of different computations. */
export function requireEqual(name: ContenderName, difference: number, tolerance: number): void {
  if (difference <= tolerance) return;
  throw new BioxError(
    "ENGINE_FAILED",
    `Contender ${name} gives another answer than biox: they differ by ${difference.toPrecision(2)}, where ${tolerance} is allowed.`,
    "Times of different computations cannot be compared: check the bundle with `biox infer`, and BIOX_SIMD.",
  );
}

/** The larger number; NaN counts as infinite. */
function larger(a: number, b: number): number {
  return Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.max(a, b);
}
