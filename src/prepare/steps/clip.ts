import { type StepDefinition, valuesIn } from "../step.js";

/** Values below `low` become `low`, values above `high` become `high`; at least one of the two is given. */
export interface ClipStep {
  readonly step: "clip";
  readonly low?: number;
  readonly high?: number;
}

export const clip: StepDefinition<ClipStep> = {
  step: "clip",
  read(parameters) {
    const bounds = {
      ...(parameters.has("low") && { low: parameters.number("low", {}) }),
      ...(parameters.has("high") && { high: parameters.number("high", {}) }),
    };
    const { low, high } = bounds;
    if (low === undefined && high === undefined) throw parameters.place.infeasible("has neither low nor high");
    if (low !== undefined && high !== undefined && low >= high)
      throw parameters.place.invalid("low", `below high, which is ${high}`, low);
    return { step: "clip", ...bounds };
  },
  plan({ low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY }, input) {
    return {
      output: input,
      line: `clip to ${low} .. ${high}`,
      build() {
        const count = valuesIn(input);
        return (x, y) => {
          for (let i = 0; i < count; i++) y[i] = Math.min(high, Math.max(low, x[i]!));
        };
      },
    };
  },
};
