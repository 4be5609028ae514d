import type { BridgeGradientSpec, BridgeWeights } from "../../bridge/index.js";
import { BridgeGradient } from "../../bridge/index.js";
import { BioxError } from "../../errors.js";
import { kmeans } from "./kmeans.js";
import { lossOf } from "./loss.js";
import type { Settings } from "./options.js";
import { Random } from "./random.js";
import { ReducedRankRegression } from "./regression.js";
import type { RowsReader } from "./rows-file.js";

/** Ridges that are tried, relative to the mean square of x. */
const RIDGES = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10];
/** Without rows to choose one on. */
const DEFAULT_RIDGE = 1e-2;
/** Tokens for each cluster of k-means. */
const TOKENS_PER_CLUSTER = 100;
/** Rows that tokens are taken from, at most. */
const MOST_ROWS = 200;

export interface StartParts {
  readonly spec: BridgeGradientSpec;
  readonly settings: Settings;
  /** [rows, C_in] of all features. */
  readonly x: Float32Array;
  readonly features: RowsReader;
  readonly trainRows: Int32Array;
  readonly valRows: Int32Array;
}

/** Weights to begin with, and what was chosen for them. */
export interface Started {
  readonly weights: BridgeWeights;
  /** Ridge of the regression, chosen by the validation loss at the bridge's output. */
  readonly ridge?: number;
}

/**
 * The weights that training begins with.
 *
 * - random: the paper's. A uniform within 1 / sqrt(C_in) (Kaiming's with a = sqrt 5), prototypes standard normal, B of deviation `bStd`
 * - rows: prototypes are random tokens of the true input of block l
 * - kmeans: prototypes are centres of such tokens
 * - regression: the best linear map of rank r in closed form
 */
export function startWeights(parts: StartParts): Started {
  const { spec, settings } = parts;
  if (spec.rank > spec.channelsIn)
    throw new BioxError(
      "INVALID_ARGUMENT",
      `Expected rank to be at most ${spec.channelsIn}, the channels of the new model's tensor, but received ${spec.rank}.`,
    );
  if (settings.start === "regression") return regression(parts);
  const { channelsIn, rank, prototypes: P, tokens, width } = spec;
  const uniform = new Random(settings.seed, "A");
  const bound = 1 / Math.sqrt(channelsIn);
  const A = Float32Array.from({ length: rank * channelsIn }, () => (2 * uniform.uniform() - 1) * bound);
  const normal = new Random(settings.seed, "B");
  const B = new Float32Array(P * tokens * rank);
  if (settings.bStd > 0) for (let i = 0; i < B.length; i++) B[i] = settings.bStd * normal.normal();
  return { weights: { A, B, prototypes: prototypesOf(parts, new Random(settings.seed, "P"), P, width) } };
}

/** [C_out, P] */
function prototypesOf(parts: StartParts, random: Random, count: number, width: number): Float32Array {
  if (parts.settings.start === "random") return Float32Array.from({ length: width * count }, () => random.normal());
  const clusters = parts.settings.start === "kmeans";
  const points = sampleTokens(parts, random, clusters ? count * TOKENS_PER_CLUSTER : count);
  const rows = clusters ? kmeans(points, width, count, random) : points;
  return Float32Array.from({ length: width * count }, (_, i) => rows[(i % count) * width + Math.floor(i / count)]!);
}

/** Random tokens of the true input of block l, [count, C_out]; some come twice where there are fewer. */
function sampleTokens({ spec, features, trainRows }: StartParts, random: Random, count: number): Float32Array {
  const { tokens, width, targetLayout } = spec;
  const order = random.permutation(trainRows.length);
  const rows = Math.min(trainRows.length, MOST_ROWS, count);
  const block = new Float32Array(tokens * width);
  const points = new Float32Array(count * width);
  for (let n = 0; n < rows; n++) {
    features.read("block", trainRows[order[n]!]!, block);
    // Every rows-th point is from this row.
    for (let at = n; at < count; at += rows) {
      const t = random.below(tokens);
      for (let c = 0; c < width; c++)
        points[at * width + c] = block[targetLayout === "tokens-first" ? t * width + c : c * tokens + t]!;
    }
  }
  return points;
}

function regression({ spec, settings, x, features, trainRows, valRows }: StartParts): Started {
  const { channelsIn } = spec;
  const own = new Float32Array(trainRows.length * channelsIn);
  for (const [n, row] of trainRows.entries())
    own.set(x.subarray(row * channelsIn, (row + 1) * channelsIn), n * channelsIn);
  const fit = new ReducedRankRegression(
    {
      x: own,
      target: (row, into) => features.read("block", trainRows[row]!, into),
      equalNorms: settings.loss === "cosine",
    },
    spec,
    spec.targetLayout,
  );
  const weightsFor = (ridge: number): BridgeWeights => fit.weights(ridge, new Random(settings.seed, "P"));
  if (valRows.length === 0) return { weights: weightsFor(DEFAULT_RIDGE), ridge: DEFAULT_RIDGE };
  const bridge = new BridgeGradient(spec, 1);
  const z = new Float32Array(spec.tokens * spec.width);
  const target = new Float32Array(z.length);
  let best: (Required<Started> & { loss: number }) | undefined;
  for (const ridge of RIDGES) {
    const weights = weightsFor(ridge);
    let loss = 0;
    for (const row of valRows) {
      bridge.forward(weights, x.subarray(row * channelsIn, (row + 1) * channelsIn), z, 1);
      features.read("block", row, target);
      loss += lossOf(settings.loss, z, target);
    }
    if (best === undefined || loss < best.loss) best = { weights, ridge, loss };
  }
  return { weights: best!.weights, ridge: best!.ridge };
}
