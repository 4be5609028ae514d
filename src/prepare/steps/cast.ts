import { DTYPES } from "../output.js";
import { type StepDefinition, valuesIn } from "../step.js";
import type { PreparedDtype } from "../types.js";

/**
 * Type of the prepared values (without this step: float32); always the last step. A fraction is cut off on the way to an
 * integer, as numpy.astype does; a value outside the type's range is an error.
 */
export interface CastStep {
  readonly step: "cast";
  readonly dtype: PreparedDtype;
}

export const cast: StepDefinition<CastStep> = {
  step: "cast",
  read: (parameters) => ({ step: "cast", dtype: parameters.choice("dtype", DTYPES) }),
  plan: (step, input) => ({
    output: { ...input, dtype: step.dtype },
    line: `cast to ${step.dtype}`,
    build() {
      const count = valuesIn(input);
      return (x, y) => {
        for (let i = 0; i < count; i++) y[i] = x[i]!;
      };
    },
  }),
};
