import type { Manifest } from "./manifest-schema.js";
import { list, misfit, WeightFile } from "./tensors.js";

/**
 * The weights of a prototype network: `h = A x`, `w = reshape(B h, [P, T])`, `Z = prototypes w`.
 * All are row-major 32-bit floats.
 */
export interface BridgeWeights {
  /** Projection down, [rank, channelsIn]. */
  readonly A: Float32Array;
  /** Projection up, [prototypes * tokens, rank]; row `p * tokens + t` belongs to prototype p and token t. */
  readonly B: Float32Array;
  /** Prototypes as columns, [width, prototypes]. */
  readonly prototypes: Float32Array;
}

/** The sizes of a bridge. */
export interface BridgeShape {
  /** C_in: channels of the lower half's pooled output. */
  readonly channelsIn: number;
  /** r. */
  readonly rank: number;
  /** P. */
  readonly prototypes: number;
  /** T: tokens that the upper half expects. */
  readonly tokens: number;
  /** C_out: width of each token. */
  readonly width: number;
}

/**
 * Reads `bridge.safetensors` and derives the sizes from the weights, so that they cannot disagree with a description.
 *
 * @throws BioxError FILE_INVALID, BUNDLE_INVALID, or BUNDLE_SHAPE when the three do not fit one another or the target
 */
export function readBridgeWeights(
  bytes: Uint8Array,
  bridge: Manifest["bridge"],
): { weights: BridgeWeights; shape: BridgeShape } {
  const file = new WeightFile(bytes, bridge.file);
  const A = file.weight("A", ["r", "C_in"]);
  const B = file.weight("B", ["P*T", "r"]);
  const prototypes = file.weight("prototypes", ["C_out", "P"]);
  const [rank, channelsIn] = A.shape as [number, number];
  const [rows, rankOfB] = B.shape as [number, number];
  const [width, count] = prototypes.shape as [number, number];
  if (rank !== rankOfB)
    throw misfit(
      bridge.file,
      `expected B [P*T, r] to have as many columns as A ${list(A.shape)} has rows, but it is ${list(B.shape)}`,
    );
  if (rows % count !== 0)
    throw misfit(
      bridge.file,
      `expected the rows of B ${list(B.shape)} to be a multiple of the ${count} columns of prototypes`,
    );
  const shape = { channelsIn, rank, prototypes: count, tokens: rows / count, width };
  checkTarget(bridge.target, shape);
  return { weights: { A: A.data, B: B.data, prototypes: prototypes.data }, shape };
}

/** Checks that T tokens of width C_out fill the upper half's input in the stated layout. */
function checkTarget(target: Manifest["bridge"]["target"], { tokens, width }: BridgeShape): void {
  const { layout, shape } = target;
  const fits =
    shape.reduce((product, extent) => product * extent, 1) === tokens * width &&
    (layout === "raw" ||
      (layout === "tokens-first" ? shape.at(-1) === width : shape.at(-1) === tokens && shape.at(-2) === width));
  if (fits) return;
  const form = { "tokens-first": `[..., ${width}]`, "channels-first": `[..., ${width}, ${tokens}]`, raw: "any shape" };
  throw misfit(
    "bundle.json",
    `expected bridge.target.shape to hold ${tokens} tokens of width ${width} as ${form[layout]} for layout '${layout}', but it is ${list(shape)}`,
  );
}
