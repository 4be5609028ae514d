import type { IirPrototype } from "../filters/iir-design.js";
import { checkEdge, type FilterMode, filterStep, readMode } from "./filter-step.js";
import { designChecked, prototypeLine, readPrototype } from "./iir-step.js";

/** Keeps what lies above `cutoff` Hz (Butterworth: -3 dB there; Chebyshev: end of the ripple). */
export type HighpassStep = IirPrototype & {
  readonly step: "highpass";
  readonly cutoff: number;
  readonly mode: FilterMode;
};

export const highpass = filterStep<HighpassStep>({
  step: "highpass",
  read(parameters) {
    const cutoff = parameters.number("cutoff", { above: 0 });
    return { step: "highpass", ...readPrototype(parameters), cutoff, mode: readMode(parameters) };
  },
  design(step, rate, place) {
    checkEdge("cutoff", step.cutoff, rate, place);
    return designChecked(step, { low: step.cutoff }, rate, place);
  },
  line: (step) => `highpass ${step.cutoff} Hz, ${prototypeLine(step)}`,
});
