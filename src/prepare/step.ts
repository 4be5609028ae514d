import type { LinearFilter } from "./filters/filter.js";
import type { Parameters } from "./parameters.js";
import type { StepPlace } from "./place.js";
import type { PreparedDtype } from "./types.js";

/** Shape of what flows between steps; values lie row-major as [channels, samples] or [channels, patches, samples]. */
export interface Layout {
  readonly channels: number;
  /** Set after a `patch` step; `samples` is then the length of one patch. */
  readonly patches?: number;
  readonly samples: number;
  /** Hz */
  readonly rate: number;
  /** Type of the model input. Between steps the values are float64 whatever it says. */
  readonly dtype: PreparedDtype;
}

/** Reads a whole window from `x` and writes the next one to `y`; `x` and `y` are different arrays, both long enough. */
export type Kernel = (x: Float64Array, y: Float64Array) => void;

/** As Kernel, for one row: reads from index `from` of `x`, writes from index `to` of `y`. */
export type RowKernel = (x: Float64Array, from: number, y: Float64Array, to: number) => void;

/** A step fitted to its place in the chain. `build` allocates tables and scratch, once the whole list is known to fit. */
export interface Stage {
  readonly output: Layout;
  readonly line: string;
  build(): Kernel;
}

/** What a step file provides. */
export interface StepDefinition<S extends { readonly step: string }> {
  readonly step: S["step"];
  /** Reads the parameters and fills in defaults; reading the result again gives the same. */
  read(parameters: Parameters): S;
  /** Fits the step, working on one window alone, to the layout that reaches it. */
  plan(step: S, input: Layout, place: StepPlace): Stage;
  /** Only for filters: what `mode: "causal"` runs on the continuous stream at `rate` Hz, instead of `plan`. */
  causal?(step: S, rate: number, place: StepPlace): { readonly filter: LinearFilter; readonly line: string };
}

function rowsOf(layout: Layout): number {
  return layout.channels * (layout.patches ?? 1);
}

export function valuesIn(layout: Layout): number {
  return rowsOf(layout) * layout.samples;
}

export function shapeOf(layout: Layout): number[] {
  const { channels, patches, samples } = layout;
  return patches === undefined ? [channels, samples] : [channels, patches, samples];
}

/** Applies a row kernel to every row; `input` and `output` have the same number of rows. */
export function eachRow(input: Layout, output: Layout, kernel: RowKernel): Kernel {
  const rows = rowsOf(input);
  return (x, y) => {
    for (let row = 0; row < rows; row++) kernel(x, row * input.samples, y, row * output.samples);
  };
}
