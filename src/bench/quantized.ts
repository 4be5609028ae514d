import type { Bundle } from "../bundle/index.js";
import { Half } from "../engine/half.js";
import { interleave } from "./interleave.js";
import { fillUniform } from "./models/random.js";

/** Milliseconds of a half in two bundles, medians of samples taken in turn, and how many times faster the second is. */
export interface HalfTimes {
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
}

export interface CompareOptions {
  /** Samples of each half. Whole, at least 1. */
  readonly rounds: number;
  /** Threads of ONNX Runtime; 1 by default. */
  readonly threads?: number;
}

/**
 * Times lower and upper half of two bundles that take the same windows, all four in turn.
 *
 * @throws BioxError BUNDLE_INVALID, BUNDLE_SHAPE when a half cannot be loaded
 */
export async function compareHalves(
  before: Bundle,
  after: Bundle,
  { rounds, threads = 1 }: CompareOptions,
): Promise<{ lower: HalfTimes; upper: HalfTimes }> {
  const halves: Half[] = [];
  try {
    for (const bundle of [before, after]) {
      const { lower, upper, bridge } = bundle.manifest;
      halves.push(await Half.create(bundle.lower, { role: "lower", ...lower, ...bundle.prepared }, threads));
      const target = { dtype: "float32" as const, shape: bridge.target.shape };
      halves.push(await Half.create(bundle.upper, { role: "upper", ...upper, ...target }, threads));
    }
    // Noise: ranges of zeros would be rounded to int8 in another way. Tokens stay 0, which every vocabulary has.
    for (const { input } of halves) if (input instanceof Float32Array) fillUniform(input, 1, 1);
    const us = await interleave(halves, { rounds });
    const times = (old: number, fresh: number): HalfTimes => ({
      before: us[old]! / 1e3,
      after: us[fresh]! / 1e3,
      ratio: us[old]! / us[fresh]!,
    });
    return { lower: times(0, 2), upper: times(1, 3) };
  } finally {
    for (const half of halves) await half.release();
  }
}
