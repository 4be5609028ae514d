import { eachRow, type RowKernel, type StepDefinition } from "../step.js";
import { greatest, least } from "./extremes.js";
import { finite } from "./finite.js";

/**
 * Each channel's least value to `low` and its greatest to `high` (defaults 0 and 1): low + (x - min) / (max - min) *
 * (high - low). A constant channel becomes `low`.
 */
export interface MinmaxStep {
  readonly step: "minmax";
  readonly low: number;
  readonly high: number;
}

function minmaxRow(samples: number, low: number, high: number): RowKernel {
  return (x, from, y, to) => {
    const min = least(x, from, samples);
    const span = finite(greatest(x, from, samples) - min);
    for (let i = 0; i < samples; i++) y[to + i] = span === 0 ? low : low + ((x[from + i]! - min) / span) * (high - low);
  };
}

export const minmax: StepDefinition<MinmaxStep> = {
  step: "minmax",
  read(parameters) {
    const low = parameters.number("low", {}, 0);
    const high = parameters.number("high", {}, 1);
    if (low >= high) throw parameters.place.invalid("low", `below high, which is ${high}`, low);
    return { step: "minmax", low, high };
  },
  plan: (step, input) => ({
    output: input,
    line: `minmax to ${step.low} .. ${step.high}`,
    build: () => eachRow(input, input, minmaxRow(input.samples, step.low, step.high)),
  }),
};
