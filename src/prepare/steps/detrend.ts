import { eachRow, type RowKernel, type StepDefinition } from "../step.js";

/** Subtracts each channel's mean ("constant") or least-squares line ("linear", default): scipy.signal.detrend. */
export interface DetrendStep {
  readonly step: "detrend";
  readonly type: "linear" | "constant";
}

function detrendRow(samples: number, linear: boolean): RowKernel {
  const centre = (samples - 1) / 2;
  // sum of (i - centre)^2
  const spread = (samples * (samples * samples - 1)) / 12;
  return (x, from, y, to) => {
    // Sums are taken of distances to the first value: a still signal gives exact zeros, a large offset costs no digits.
    const first = x[from]!;
    let sum = 0;
    let moment = 0;
    for (let i = 0; i < samples; i++) {
      const distance = x[from + i]! - first;
      sum += distance;
      moment += (i - centre) * distance;
    }
    const mean = sum / samples;
    const slope = linear && samples > 1 ? moment / spread : 0;
    for (let i = 0; i < samples; i++) y[to + i] = x[from + i]! - first - (mean + slope * (i - centre));
  };
}

export const detrend: StepDefinition<DetrendStep> = {
  step: "detrend",
  read: (parameters) => ({
    step: "detrend",
    type: parameters.choice("type", ["linear", "constant"], "linear"),
  }),
  plan: (step, input) => ({
    output: input,
    line: `detrend ${step.type}`,
    build: () => eachRow(input, input, detrendRow(input.samples, step.type === "linear")),
  }),
};
