import { expect, it } from "vitest";
import { compilePreparation, type Preparation, parseSteps, type SignalShape } from "./index.js";

/** The preparations that published models were trained with, for a window of theirs. */
const EXAMPLES: readonly {
  model: string;
  input: SignalShape;
  steps: unknown;
  output: Preparation["output"];
}[] = [
  {
    model: "PaPaGei: 60 s of PPG at 125 Hz, 0.5 to 12 Hz, z-score",
    input: { channels: 1, samples: 3840, rate: 64 },
    steps: [
      { step: "resample", method: "fourier", rate: 125 },
      { step: "bandpass", design: "chebyshev1", order: 4, ripple: 0.5, low: 0.5, high: 12 },
      { step: "zscore" },
    ],
    output: { dtype: "float32", shape: [1, 7500] },
  },
  {
    model: "HuBERT-ECG: 60 s of ECG, filtered at 500 Hz, 100 Hz, z-score",
    input: { channels: 1, samples: 15_000, rate: 250 },
    steps: [
      { step: "resample", method: "linear", rate: 500 },
      { step: "fir", order: 150, low: 0.05, high: 47 },
      { step: "resample", method: "linear", rate: 100 },
      { step: "zscore" },
    ],
    output: { dtype: "float32", shape: [1, 6000] },
  },
  {
    model: "LaBraM: 3 s of six EEG channels in microvolts, patches of 1 s at 200 Hz",
    input: { channels: 6, samples: 750, rate: 250 },
    steps: [
      // Polyphase resampling sees zeros around the window, so an offset must go first.
      { step: "detrend", type: "constant" },
      { step: "notch", frequency: 50, q: 30 },
      { step: "resample", method: "polyphase", rate: 200 },
      { step: "scale", factor: 0.01 },
      { step: "patch", samples: 200 },
    ],
    output: { dtype: "float32", shape: [6, 3, 200] },
  },
  {
    model: "PPG-PT: 10 s of PPG at 50 Hz as 500 tokens of 0 to 100",
    input: { channels: 1, samples: 1250, rate: 125 },
    steps: [
      { step: "resample", method: "linear", samples: 500 },
      { step: "moving-mean-band", short: 5, long: 75 },
      { step: "quantise", levels: 100, round: "half-even" },
      { step: "cast", dtype: "int64" },
    ],
    output: { dtype: "int64", shape: [1, 500] },
  },
  {
    model: "ECG-PT: 5 s of ECG at 100 Hz as 500 tokens of 0 to 100",
    input: { channels: 1, samples: 625, rate: 125 },
    steps: [
      { step: "resample", method: "linear", samples: 500 },
      { step: "moving-mean-band", long: 75 },
      { step: "quantise", levels: 100, round: "half-even" },
      { step: "cast", dtype: "int64" },
    ],
    output: { dtype: "int64", shape: [1, 500] },
  },
];

/** A tone of `hertz` in each channel, on an offset. */
function tone({ channels, samples, rate }: SignalShape, hertz: number): Float64Array[] {
  return Array.from({ length: channels }, (_, c) =>
    Float64Array.from({ length: samples }, (_, i) => 500 + 100 * (c + 1) * Math.sin((2 * Math.PI * hertz * i) / rate)),
  );
}

it.each(EXAMPLES)("$model", ({ input, steps, output }) => {
  const preparation = compilePreparation(parseSteps(steps), input);
  expect(preparation.output).toEqual(output);
  const out = preparation.createOutput();
  preparation.prepareWindow(tone(input, 1.3), out);
  const values = Array.from(out, Number);
  // A tone of 1.3 Hz must pass: it crosses its own middle 2.6 times a second.
  const row = values.slice(0, values.length / (output.shape[0]! * (output.shape.length === 3 ? output.shape[1]! : 1)));
  const middle = (Math.max(...row) + Math.min(...row)) / 2;
  const crossings = row.filter((value, i) => i > 0 && value > middle !== row[i - 1]! > middle).length;
  const seconds = (input.samples / input.rate) * (row.length / (values.length / output.shape[0]!));
  expect(Math.abs(crossings - 2.6 * seconds)).toBeLessThanOrEqual(2);
});

it("a z-scored window has mean 0 and deviation 1", () => {
  const { input, steps } = EXAMPLES[0]!;
  const preparation = compilePreparation(parseSteps(steps), input);
  const out = preparation.createOutput() as Float32Array;
  preparation.prepareWindow(tone(input, 1.3), out);
  const mean = out.reduce((sum, value) => sum + value, 0) / out.length;
  const variance = out.reduce((sum, value) => sum + (value - mean) ** 2, 0) / out.length;
  expect(mean).toBeCloseTo(0, 6);
  expect(variance).toBeCloseTo(1, 5);
});
