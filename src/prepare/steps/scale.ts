import { type StepDefinition, valuesIn } from "../step.js";

/** x * `factor` + `offset` (defaults 1 and 0), such as units per ADC count. */
export interface ScaleStep {
  readonly step: "scale";
  readonly factor: number;
  readonly offset: number;
}

export const scale: StepDefinition<ScaleStep> = {
  step: "scale",
  read: (parameters) => ({
    step: "scale",
    factor: parameters.number("factor", {}, 1),
    offset: parameters.number("offset", {}, 0),
  }),
  plan: ({ factor, offset }, input) => ({
    output: input,
    line: `scale by ${factor}${offset ? ` plus ${offset}` : ""}`,
    build() {
      const count = valuesIn(input);
      return (x, y) => {
        for (let i = 0; i < count; i++) y[i] = x[i]! * factor + offset;
      };
    },
  }),
};
