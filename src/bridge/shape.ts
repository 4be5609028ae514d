import type { Precision } from "./precision.js";

/** Sizes of a bridge: C_in, r, P, T and C_out of docs and papers. All are whole numbers of at least 1. */
export interface BridgeShape {
  /** C_in: channels of the lower half's output. */
  channelsIn: number;
  /** r: length of the hidden vector. */
  rank: number;
  /** P: number of prototypes. */
  prototypes: number;
  /** T: tokens that the upper half expects. */
  tokens: number;
  /** C_out: width of one token. */
  width: number;
}

/** Features with time first, [T_in, C_in], or channels first, [C_in, T_in]. */
export type FeatureLayout = "NTC" | "NCT";

/**
 * How Z [C_out, T] lies in the output: transposed to [T, C_out], as it is, or as it is but read by the upper half as
 * another shape (`raw`: a reinterpretation of the same memory, which some published checkpoints were trained with).
 */
export type TargetLayout = "tokens-first" | "channels-first" | "raw";

/**
 * Two exact ways to compute Z: `factored` expands mixing weights and mixes prototypes; `folded` sums r matrices that were
 * multiplied out at load. `auto` takes the cheaper one for the shape.
 */
export type Plan = "auto" | "factored" | "folded";

export interface BridgeSpec extends BridgeShape {
  featureLayout: FeatureLayout;
  targetLayout: TargetLayout;
  /** Default `auto`. */
  plan?: Plan;
  /** How weights are stored. Default `float32`; `float16` halves what a window reads, with 11 bits a weight; `int8` quarters it, with 8. */
  precision?: Precision;
}

/** Row-major: A [r, C_in], B [P * T, r] (row p * T + t), prototypes [C_out, P]. */
export interface BridgeWeights {
  A: Float32Array;
  B: Float32Array;
  prototypes: Float32Array;
}
