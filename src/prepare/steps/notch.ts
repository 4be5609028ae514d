import { designNotch } from "../filters/iir-design.js";
import { checkEdge, type FilterMode, filterStep, readMode } from "./filter-step.js";

/** Removes a narrow band around `frequency` Hz, such as mains hum; -3 dB width frequency / q (scipy.signal.iirnotch). */
export interface NotchStep {
  readonly step: "notch";
  readonly frequency: number;
  readonly q: number;
  readonly mode: FilterMode;
}

export const notch = filterStep<NotchStep>({
  step: "notch",
  read(parameters) {
    const frequency = parameters.number("frequency", { above: 0 });
    const q = parameters.number("q", { above: 0 }, 30);
    return { step: "notch", frequency, q, mode: readMode(parameters) };
  },
  design(step, rate, place) {
    checkEdge("frequency", step.frequency, rate, place);
    const narrowest = (2 * step.frequency) / rate;
    if (step.q <= narrowest)
      throw place.invalid(
        "q",
        `above ${narrowest}, or the notch would be wider than half of the ${rate} Hz rate`,
        step.q,
      );
    const filter = designNotch(step.frequency, step.q, rate);
    if (!filter.stable) throw place.invalid("q", "lower: a notch this narrow is unstable in float64", step.q);
    return filter;
  },
  line: (step) => `notch ${step.frequency} Hz, q ${step.q}`,
});
