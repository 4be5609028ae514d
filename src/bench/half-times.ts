import type { Bundle } from "../bundle/index.js";
import { fillNoise, withHalves } from "./halves.js";
import { type InterleaveOptions, interleave, median } from "./interleave.js";

/** Milliseconds of a half in two bundles, of samples taken in turn, and how many times as fast the second is. */
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
  /** What counts of a half's samples; the median by default. */
  readonly take?: InterleaveOptions["take"];
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

function compareHalf(
  role: "lower" | "upper",
  bundles: readonly Bundle[],
  { rounds, threads = 1, take = median }: CompareOptions,
): Promise<HalfTimes> {
  return withHalves(role, bundles, threads, async (halves) => {
    for (const half of halves) fillNoise(half, 1);
    const contenders = halves.map((half) => ({ run: () => half.run() }));
    const [old, fresh] = (await interleave(contenders, { rounds, sampleMs: SAMPLE_MS, take })) as [number, number];
    return { before: old / 1e3, after: fresh / 1e3, ratio: old / fresh };
  });
}
