import type { Parameters } from "../parameters.js";
import { eachRow, type RowKernel, type StepDefinition } from "../step.js";

/**
 * The band between two moving means: mean over `short` samples minus mean over `long` samples, or x minus mean over
 * `long` where `short` is left out. Means are centred over an odd number of samples; at the ends they are taken over the
 * samples that exist (nothing is padded).
 */
export interface MovingMeanBandStep {
  readonly step: "moving-mean-band";
  readonly short?: number;
  readonly long: number;
}

function readWidth(parameters: Parameters, name: "short" | "long"): number {
  const width = parameters.integer(name, { atLeast: 1 });
  if (width % 2 === 0) throw parameters.place.invalid(name, "an odd whole number, as the mean is centred", width);
  return width;
}

function bandRow(samples: number, short: number, long: number): RowKernel {
  const shortHalf = Math.min((short - 1) / 2, samples);
  const longHalf = Math.min((long - 1) / 2, samples);
  /** sums[i] = sum of the first i values */
  const sums = new Float64Array(samples + 1);
  const mean = (at: number, half: number): number => {
    const start = Math.max(0, at - half);
    const end = Math.min(samples, at + half + 1);
    return (sums[end]! - sums[start]!) / (end - start);
  };
  return (x, from, y, to) => {
    // The band ignores a constant offset; without it running sums stay small and a still signal gives exact zeros.
    const first = x[from]!;
    for (let i = 0; i < samples; i++) sums[i + 1] = sums[i]! + (x[from + i]! - first);
    for (let i = 0; i < samples; i++) {
      const inner = shortHalf === 0 ? x[from + i]! - first : mean(i, shortHalf);
      y[to + i] = inner - mean(i, longHalf);
    }
  };
}

export const movingMeanBand: StepDefinition<MovingMeanBandStep> = {
  step: "moving-mean-band",
  read(parameters) {
    const long = readWidth(parameters, "long");
    if (!parameters.has("short")) return { step: "moving-mean-band", long };
    const short = readWidth(parameters, "short");
    if (short >= long) throw parameters.place.invalid("short", `below long, which is ${long}`, short);
    return { step: "moving-mean-band", short, long };
  },
  plan: (step, input) => ({
    output: input,
    line: `moving-mean-band ${step.short === undefined ? "sample" : `mean of ${step.short}`} minus mean of ${step.long} samples`,
    build: () => eachRow(input, input, bandRow(input.samples, step.short ?? 1, step.long)),
  }),
};
