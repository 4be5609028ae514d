import type { IirPrototype } from "../filters/iir-design.js";
import { checkBand, checkEdge, type FilterMode, filterStep, readMode } from "./filter-step.js";
import { designChecked, prototypeLine, readPrototype } from "./iir-step.js";

/**
 * Keeps `low` to `high` Hz with an IIR filter of second-order sections (scipy.signal.butter or cheby1, then sosfiltfilt
 * or sosfilt). As in SciPy, a band-pass of order N has 2 N poles.
 */
export type BandpassStep = IirPrototype & {
  readonly step: "bandpass";
  readonly low: number;
  readonly high: number;
  readonly mode: FilterMode;
};

export const bandpass = filterStep<BandpassStep>({
  step: "bandpass",
  read(parameters) {
    const low = parameters.number("low", { above: 0 });
    const high = parameters.number("high", { above: 0 });
    checkBand(low, high, parameters.place);
    return { step: "bandpass", ...readPrototype(parameters), low, high, mode: readMode(parameters) };
  },
  design(step, rate, place) {
    checkEdge("high", step.high, rate, place);
    return designChecked(step, { low: step.low, high: step.high }, rate, place);
  },
  line: (step) => `bandpass ${step.low} to ${step.high} Hz, ${prototypeLine(step)}`,
});
