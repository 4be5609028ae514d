import { eachRow, type RowKernel, type StepDefinition } from "../step.js";
import { finite } from "./finite.js";

/**
 * Each channel to mean 0 and standard deviation 1: (x - mean) / (deviation + epsilon), deviation with n - `ddof` in the
 * denominator (defaults: ddof 0, epsilon 0). A channel that is constant, or as good as (deviations of less than about
 * 1e-140, whose squares float64 cannot hold), becomes zeros; one whose squares exceed float64 is refused.
 */
export interface ZscoreStep {
  readonly step: "zscore";
  readonly ddof: number;
  readonly epsilon: number;
}

// Below, rounding to subnormal numbers would make a deviation of another size.
const LEAST_SQUARES = 1e-280;

function zscoreRow(samples: number, ddof: number, epsilon: number): RowKernel {
  return (x, from, y, to) => {
    const first = x[from]!;
    let sum = 0;
    for (let i = 0; i < samples; i++) sum += x[from + i]! - first;
    const mean = sum / samples;
    let squares = 0;
    for (let i = 0; i < samples; i++) {
      const centred = x[from + i]! - first - mean;
      y[to + i] = centred;
      squares += centred * centred;
    }
    // For a constant channel mean and squares are exact zeros, as every distance to the first value is.
    const divisor = squares < LEAST_SQUARES ? 1 : Math.sqrt(finite(squares) / (samples - ddof)) + epsilon;
    for (let i = 0; i < samples; i++) y[to + i] = y[to + i]! / divisor;
  };
}

export const zscore: StepDefinition<ZscoreStep> = {
  step: "zscore",
  read: (parameters) => ({
    step: "zscore",
    ddof: parameters.integer("ddof", { atLeast: 0 }, 0),
    epsilon: parameters.number("epsilon", { atLeast: 0 }, 0),
  }),
  plan(step, input, place) {
    if (step.ddof >= input.samples)
      throw place.invalid("ddof", `below the ${input.samples} samples of a window`, step.ddof);
    return {
      output: input,
      line: `zscore${step.ddof ? ` ddof ${step.ddof}` : ""}${step.epsilon ? ` epsilon ${step.epsilon}` : ""}`,
      build: () => eachRow(input, input, zscoreRow(input.samples, step.ddof, step.epsilon)),
    };
  },
};
