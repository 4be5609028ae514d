import type { Safetensors } from "biox-edge";
import { expect } from "vitest";

/** Stages of inference with the absolute tolerance that each must keep against values that other software computed. */
export const TOLERANCE = { pooled: 1e-5, hidden: 1e-5, bridged: 1e-5, logits: 1e-4, probs: 1e-4 } as const;
export type Stage = keyof typeof TOLERANCE;
export const STAGES = Object.keys(TOLERANCE) as Stage[];

/** What the fixture's golden file calls them. */
export const FIXTURE_NAMES: Record<Stage, string> = {
  pooled: "x",
  hidden: "Ax",
  bridged: "bridge_out",
  logits: "logits",
  probs: "probs",
};

interface Values {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

/**
 * Compares one stage of `count` windows with windows `first`, `first + 1`, ... of a golden tensor.
 */
export function expectStage(stage: Stage, actual: Values, golden: Values, first = 0, count = golden.shape[0]!): void {
  expect(actual.shape).toEqual([count, ...golden.shape.slice(1)]);
  expect(distance(actual, golden, first, count), stage).toBeLessThanOrEqual(TOLERANCE[stage]);
}

/** The largest difference of two stages, of which the second begins at window `first`. */
export function distance(actual: Values, golden: Values, first = 0, count = golden.shape[0]!): number {
  const size = golden.data.length / golden.shape[0]!;
  let worst = 0;
  for (let i = 0; i < count * size; i++) {
    // Math.max keeps a NaN, which then is not within any tolerance.
    worst = Math.max(worst, Math.abs(Number(actual.data[i]) - Number(golden.data[first * size + i])));
  }
  return worst;
}

/** A tensor that must be there. */
export function tensor(file: Safetensors, name: string): Values {
  const found = file.tensors.get(name);
  if (!found) throw new Error(`no tensor ${name}`);
  return found;
}
