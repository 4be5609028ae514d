import { eachRow, type RowKernel, type StepDefinition } from "../step.js";
import { greatest, least } from "./extremes.js";
import { finite } from "./finite.js";

/**
 * Each channel to whole numbers 0 .. `levels` (default 100): round((x - min) / (max - min) * levels), halves to the even
 * number as numpy.rint does. A constant channel becomes zeros.
 */
export interface QuantiseStep {
  readonly step: "quantise";
  readonly levels: number;
  readonly round: "half-even";
}

// Float64 holds no fractions from 2^52 on, so adding it rounds 0 <= v < 2^52 to a whole number, halves to even.
const TWO_POW_52 = 2 ** 52;

function quantiseRow(samples: number, levels: number): RowKernel {
  return (x, from, y, to) => {
    const min = least(x, from, samples);
    const span = finite(greatest(x, from, samples) - min);
    for (let i = 0; i < samples; i++) {
      const level = span === 0 ? 0 : ((x[from + i]! - min) / span) * levels;
      y[to + i] = level + TWO_POW_52 - TWO_POW_52;
    }
  };
}

export const quantise: StepDefinition<QuantiseStep> = {
  step: "quantise",
  read: (parameters) => ({
    step: "quantise",
    levels: parameters.integer("levels", { atLeast: 1, atMost: 2 ** 31 - 1 }, 100),
    round: parameters.choice("round", ["half-even"], "half-even"),
  }),
  plan: (step, input) => ({
    output: input,
    line: `quantise to 0 .. ${step.levels}, round ${step.round}`,
    build: () => eachRow(input, input, quantiseRow(input.samples, step.levels)),
  }),
};
