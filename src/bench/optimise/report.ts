import type { Fidelity } from "../../onnx/quantize/report.js";
import type { HalfTimes } from "../half-times.js";

/** What became of a half. */
export type Outcome =
  /** Its new graph is in the new bundle. */
  | "rewritten"
  /** There was nothing to rewrite. */
  | "unchanged"
  /** Its new graph is not fast enough here, so the old one stays. */
  | "slow"
  /** Its new graph gives other numbers, so the old one stays. */
  | "different";

export interface OptimisedHalf {
  readonly file: string;
  readonly outcome: Outcome;
  /** Convolutions and poolings that are two-dimensional in the new graph. */
  readonly operators: number;
  /** Shortest times of the old and the new graph, taken in turn; null where there is no new one. */
  readonly ms: HalfTimes | null;
  /** Largest difference of their outputs on noise, relative to the largest output; null where there is no new graph. */
  readonly maxRelError: number | null;
}

export interface OptimiseReport {
  readonly lower: OptimisedHalf;
  readonly upper: OptimisedHalf;
  /** How far the new bundle's answers are from the old one's, on the windows that were given, or on seeded noise. */
  readonly fidelity: Fidelity & { readonly on: "windows" | "noise" };
}
