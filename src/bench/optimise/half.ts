import type { Bundle } from "../../bundle/index.js";
import { optimiseOnnx } from "../../onnx/optimise/rewrite.js";
import { compareHalves } from "../half-times.js";
import { fillNoise, withHalves } from "../halves.js";
import type { OptimisedHalf } from "./report.js";

/** Samples of each graph's time, of which the fastest counts: other work on the machine only adds to a sample. */
const ROUNDS = 31;
const fastest = (samples: readonly number[]): number => Math.min(...samples);
/** Different inputs of noise. */
const NOISES = 4;
/** Largest difference that the order of additions may make, relative to the largest output. */
const SAME = 1e-4;

export interface HalfChoice extends OptimisedHalf {
  /** The file for the new bundle. */
  readonly onnx: Uint8Array;
}

/**
 * Rewrites a half, and takes the new graph where it gives the same numbers and is at least `minGain` times as fast as the
 * old one on this machine.
 *
 * @throws BioxError ONNX_INVALID, BUNDLE_INVALID, BUNDLE_SHAPE when the half is not what the manifest says
 */
export async function chooseHalf(
  role: "lower" | "upper",
  bundle: Bundle,
  { minGain, threads }: { minGain: number; threads: number },
): Promise<HalfChoice> {
  const { file } = bundle.manifest[role];
  const before = bundle[role];
  const { onnx, operators } = optimiseOnnx(before, file);
  if (operators === 0) return { file, outcome: "unchanged", operators, ms: null, maxRelError: null, onnx: before };
  const pair = [bundle, { ...bundle, [role]: onnx }] as const;
  const maxRelError = await difference(role, pair, threads);
  const ms = (await compareHalves(...pair, { rounds: ROUNDS, threads, take: fastest }))[role]!;
  const outcome = !(maxRelError <= SAME) ? "different" : ms.ratio < minGain ? "slow" : "rewritten";
  return { file, outcome, operators, ms, maxRelError, onnx: outcome === "rewritten" ? onnx : before };
}

function difference(role: "lower" | "upper", bundles: readonly Bundle[], threads: number): Promise<number> {
  return withHalves(role, bundles, threads, async (halves) => {
    let [largest, apart] = [0, 0];
    for (let seed = 1; seed <= NOISES; seed++) {
      const outputs: Float32Array[] = [];
      for (const half of halves) {
        fillNoise(half, seed);
        await half.run();
        outputs.push(half.output.of(0));
      }
      const [old, fresh] = outputs as [Float32Array, Float32Array];
      for (let i = 0; i < old.length; i++) {
        largest = Math.max(largest, Math.abs(old[i]!));
        apart = Math.max(apart, Math.abs(old[i]! - fresh[i]!));
      }
    }
    return apart === 0 ? 0 : apart / largest;
  });
}
