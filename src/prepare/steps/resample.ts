import type { Parameters } from "../parameters.js";
import type { StepPlace } from "../place.js";
import { fourierResampler } from "../resampling/fourier.js";
import { linearResampler } from "../resampling/linear.js";
import { polyphaseLength, polyphaseResampler } from "../resampling/polyphase.js";
import { LARGEST_FACTOR, rationalRatio, reduced } from "../resampling/ratio.js";
import { eachRow, type Layout, type RowKernel, type StepDefinition } from "../step.js";

/**
 * Changes the sampling rate of the window, to a number of `samples` or to a `rate` in Hz (one of the two).
 *
 * - "polyphase" (default): scipy.signal.resample_poly with its default Kaiser filter; filters against aliasing. Beyond the
 *   ends it sees zeros, or with `padding: "mean"` the window's mean, as a large offset needs.
 * - "fourier": scipy.signal.resample; filters against aliasing, takes the window as periodic.
 * - "linear": y_i at position p = i * (n / samples) is x[floor p] (1 - frac p) + x[min(floor p + 1, n - 1)] frac p. It
 *   does not filter against aliasing: meant for going up, or for signals that are smooth already.
 */
export type ResampleStep = {
  readonly step: "resample";
  readonly method: "polyphase" | "linear" | "fourier";
  /** What "polyphase" sees beyond the ends of the window; "zero" by default. */
  readonly padding?: "zero" | "mean";
} & ({ readonly samples: number } | { readonly rate: number });

/** Beyond this the tables of a transform would take over 100 MB. */
const LONGEST_TRANSFORM = 1_000_000;

function readTarget(parameters: Parameters): { samples: number } | { rate: number } {
  const [samples, rate] = [parameters.has("samples"), parameters.has("rate")];
  if (samples === rate)
    throw parameters.place.infeasible(
      `has ${samples ? "both samples and rate" : "neither samples nor rate"}`,
      "Give one.",
    );
  return samples
    ? { samples: parameters.integer("samples", { atLeast: 1 }) }
    : { rate: parameters.number("rate", { above: 0 }) };
}

function polyphase(
  step: ResampleStep,
  input: Layout,
  place: StepPlace,
): [samples: number, rate: number, () => RowKernel] {
  const ratio = "samples" in step ? reduced(step.samples, input.samples) : rationalRatio(step.rate, input.rate);
  if (ratio === null || ratio.up > LARGEST_FACTOR || ratio.down > LARGEST_FACTOR)
    throw place.infeasible(
      `cannot go from ${input.rate} Hz to its target by whole factors up to ${LARGEST_FACTOR}`,
      "Choose a target with a simpler ratio, or method 'fourier' or 'linear'.",
    );
  const { up, down } = ratio;
  const build = () => polyphaseResampler(input.samples, up, down, step.padding ?? "zero");
  return [polyphaseLength(input.samples, up, down), (input.rate * up) / down, build];
}

/** Samples at the target rate; the window must hold a whole number of them, or its rate would silently be another. */
function wholeSamples(step: ResampleStep, input: Layout, place: StepPlace): number {
  if ("samples" in step) return step.samples;
  const exact = (input.samples * step.rate) / input.rate;
  const whole = Math.round(exact);
  if (whole < 1 || !(Math.abs(exact - whole) <= 1e-9 * whole))
    throw place.infeasible(
      `turns ${input.samples} samples at ${input.rate} Hz into ${exact} samples at ${step.rate} Hz, which is not a whole number`,
      "Choose another window length or rate, or method 'polyphase'.",
    );
  return whole;
}

export const resample: StepDefinition<ResampleStep> = {
  step: "resample",
  read(parameters) {
    const method = parameters.choice("method", ["polyphase", "linear", "fourier"], "polyphase");
    if (method !== "polyphase") return { step: "resample", method, ...readTarget(parameters) };
    const padding = parameters.choice("padding", ["zero", "mean"], "zero");
    return { step: "resample", method, padding, ...readTarget(parameters) };
  },
  plan(step, input, place) {
    let samples: number;
    let rate: number;
    let build: () => RowKernel;
    if (step.method === "polyphase") {
      [samples, rate, build] = polyphase(step, input, place);
    } else {
      samples = wholeSamples(step, input, place);
      rate = (input.rate * samples) / input.samples;
      const make = step.method === "linear" ? linearResampler : fourierResampler;
      build = () => make(input.samples, samples);
    }
    if (step.method === "fourier" && Math.max(samples, input.samples) > LONGEST_TRANSFORM)
      throw place.infeasible(
        `would transform more than ${LONGEST_TRANSFORM} samples at once`,
        "Use method 'polyphase'.",
      );
    const output = { ...input, samples, rate };
    const line = `resample ${step.method} from ${input.samples} samples at ${input.rate} Hz to ${samples} at ${rate} Hz`;
    return { output, line, build: () => eachRow(input, output, build()) };
  },
};
