import type { Bundle } from "../bundle/index.js";
import { Half } from "../engine/half.js";
import { interleave } from "./interleave.js";
import { fillUniform } from "./models/random.js";

/** Milliseconds of a half in two bundles, medians of samples taken in turn, and how many times as fast the second is. */
export interface HalfTimes {
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
}

export interface CompareOptions {
  /** Samples of each half, of 5 ms or one run. Whole, at least 1. */
  readonly rounds: number;
  /** Threads of ONNX Runtime; 1 by default. */
  readonly threads?: number;
}

const SAMPLE_MS = 5;

/**
 * Times the halves of two bundles that take the same windows, each against its counterpart in turn.
 *
 * @returns null for a half that is the same file in both
 * @throws BioxError BUNDLE_INVALID, BUNDLE_SHAPE when a half cannot be loaded
 */
export async function compareHalves(
  before: Bundle,
  after: Bundle,
  options: CompareOptions,
): Promise<{ lower: HalfTimes | null; upper: HalfTimes | null }> {
  const compare = async (role: "lower" | "upper"): Promise<HalfTimes | null> =>
    Buffer.compare(before[role], after[role]) === 0 ? null : compareHalf(role, [before, after], options);
  return { lower: await compare("lower"), upper: await compare("upper") };
}

async function compareHalf(
  role: "lower" | "upper",
  bundles: readonly Bundle[],
  { rounds, threads = 1 }: CompareOptions,
): Promise<HalfTimes> {
  const halves: Half[] = [];
  try {
    for (const bundle of bundles) {
      const { [role]: half, bridge } = bundle.manifest;
      const input = role === "lower" ? bundle.prepared : { dtype: "float32" as const, shape: bridge.target.shape };
      halves.push(await Half.create(bundle[role], { role, ...half, ...input }, threads));
    }
    // Noise, since a range of zeros is rounded to int8 in a way of its own. Tokens stay 0, which every vocabulary has.
    for (const { input } of halves) {
      const values = input.of(0);
      if (values instanceof Float32Array) fillUniform(values, 1, 1);
    }
    const contenders = halves.map((half) => ({ run: () => half.run() }));
    const [old, fresh] = (await interleave(contenders, { rounds, sampleMs: SAMPLE_MS })) as [number, number];
    return { before: old / 1e3, after: fresh / 1e3, ratio: old / fresh };
  } finally {
    for (const half of halves) await half.release();
  }
}
