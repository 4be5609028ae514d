import { FirFilter } from "../filters/fir.js";
import { firwin } from "../filters/fir-design.js";
import { cosineWindow, WINDOWS, type WindowName } from "../filters/windows.js";
import type { Parameters } from "../parameters.js";
import { checkBand, checkEdge, type FilterMode, filterStep, readMode } from "./filter-step.js";

/**
 * Linear-phase FIR filter by the window method (scipy.signal.firwin, then filtfilt or lfilter): `low` and `high` in Hz
 * make a band-pass, `high` alone a low-pass, `low` alone a high-pass. Given as `taps` or as `order` = taps - 1.
 * Causal, it delays the signal by order / 2 samples.
 */
export interface FirStep {
  readonly step: "fir";
  readonly taps: number;
  readonly low?: number;
  readonly high?: number;
  readonly window: WindowName;
  readonly mode: FilterMode;
}

const MOST_TAPS = 10_001;

function readTaps(parameters: Parameters): number {
  const [taps, order] = [parameters.has("taps"), parameters.has("order")];
  if (taps === order)
    throw parameters.place.infeasible(`has ${taps ? "both taps and order" : "neither taps nor order"}`, "Give one.");
  return taps
    ? parameters.integer("taps", { atLeast: 2, atMost: MOST_TAPS })
    : parameters.integer("order", { atLeast: 1, atMost: MOST_TAPS - 1 }) + 1;
}

export const fir = filterStep<FirStep>({
  step: "fir",
  read(parameters) {
    const taps = readTaps(parameters);
    const edges = {
      ...(parameters.has("low") && { low: parameters.number("low", { above: 0 }) }),
      ...(parameters.has("high") && { high: parameters.number("high", { above: 0 }) }),
    };
    const { low, high } = edges;
    if (low === undefined && high === undefined)
      throw parameters.place.infeasible("has neither low nor high", "Give the edges of the pass band in Hz.");
    if (low !== undefined && high !== undefined) checkBand(low, high, parameters.place);
    if (high === undefined && taps % 2 === 0)
      throw parameters.place.invalid("taps", "odd, as an even number cannot pass half the rate", taps);
    const window = parameters.choice("window", WINDOWS, "hamming");
    return { step: "fir", taps, ...edges, window, mode: readMode(parameters) };
  },
  design(step, rate, place) {
    const { low, high } = step;
    if (low !== undefined) checkEdge("low", low, rate, place);
    if (high !== undefined) checkEdge("high", high, rate, place);
    const nyquist = rate / 2;
    const taps = firwin(
      cosineWindow(step.window, step.taps),
      low === undefined ? 0 : low / nyquist,
      high === undefined ? 1 : high / nyquist,
    );
    if (!taps.every(Number.isFinite))
      throw place.infeasible(`has no gain in its pass band with a ${step.window} window of ${step.taps} taps`);
    return new FirFilter(taps);
  },
  line({ low, high, taps, window }) {
    const band =
      low === undefined ? `below ${high} Hz` : high === undefined ? `above ${low} Hz` : `${low} to ${high} Hz`;
    return `fir ${band}, ${taps} taps, ${window} window`;
  },
});
