/** Tensors of fewer numbers, such as biases and task heads, stay float32: they gain nothing, and cost accuracy. */
export const LEAST_NUMBERS = 4096;

/** How a half's weights are stored: "int8" computes in it, too; "float16" is widened to float32 when it is loaded. */
export type HalfPrecision = "int8" | "float16";

/** What became of a model's weights. */
export interface Rewritten {
  /** Weights that are stored smaller now. */
  readonly tensors: number;
  /** Weights that were to be, but could not. */
  readonly kept: readonly { readonly name: string; readonly reason: string }[];
}

/** What became of one half. */
export interface QuantizedHalf extends Rewritten {
  readonly file: string;
  /** Size of the file in bytes. */
  readonly bytes: { readonly before: number; readonly after: number };
}

/** How far the new bundle's answers are from the old one's, on the same windows. */
export interface Fidelity {
  readonly windows: number;
  /** Share of windows with the same most probable label, 0 to 1. */
  readonly agreement: number;
  /** Largest and mean difference of a label's probability, over all windows and labels, 0 to 1. */
  readonly maxDeltaP: number;
  readonly meanDeltaP: number;
}

export interface QuantizeReport {
  readonly precision: HalfPrecision;
  readonly lower: QuantizedHalf;
  readonly upper: QuantizedHalf;
  /** Null where no windows were given. */
  readonly fidelity: Fidelity | null;
}
