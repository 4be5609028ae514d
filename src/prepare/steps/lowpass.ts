import type { IirPrototype } from "../filters/iir-design.js";
import { checkEdge, type FilterMode, filterStep, readMode } from "./filter-step.js";
import { designChecked, prototypeLine, readPrototype } from "./iir-step.js";

/** Keeps what lies below `cutoff` Hz (Butterworth: -3 dB there; Chebyshev: end of the ripple). */
export type LowpassStep = IirPrototype & {
  readonly step: "lowpass";
  readonly cutoff: number;
  readonly mode: FilterMode;
};

export const lowpass = filterStep<LowpassStep>({
  step: "lowpass",
  read(parameters) {
    const cutoff = parameters.number("cutoff", { above: 0 });
    return { step: "lowpass", ...readPrototype(parameters), cutoff, mode: readMode(parameters) };
  },
  design(step, rate, place) {
    checkEdge("cutoff", step.cutoff, rate, place);
    return designChecked(step, { high: step.cutoff }, rate, place);
  },
  line: (step) => `lowpass ${step.cutoff} Hz, ${prototypeLine(step)}`,
});
