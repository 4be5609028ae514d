import { describe, expect, it } from "vitest";
import { compilePreparation, parseSteps, type SignalShape } from "./index.js";

const ppg: SignalShape = { channels: 1, samples: 500, rate: 50 };

function compile(steps: unknown, input: SignalShape = ppg) {
  return compilePreparation(parseSteps(steps), input);
}

function prepared(steps: unknown, ...signal: number[][]): { shape: readonly number[]; values: unknown[] } {
  const preparation = compile(steps, { channels: signal.length, samples: signal[0]!.length, rate: 50 });
  const out = preparation.createOutput();
  const channels = signal.map((values) => Float64Array.from(values));
  preparation.prepareWindow(channels, out);
  return { shape: preparation.output.shape, values: [...out] };
}

describe("compilePreparation", () => {
  it("without steps only casts to float32", () => {
    expect(compile([]).output).toEqual({ dtype: "float32", shape: [1, 500] });
    expect(prepared([], [1, 2], [3, 0.1])).toEqual({ shape: [2, 2], values: [1, 2, 3, Math.fround(0.1)] });
  });

  it("describes each step and the shape it leaves", () => {
    const steps = [
      { step: "highpass", order: 2, cutoff: 0.5, mode: "causal" },
      { step: "resample", method: "linear", samples: 400 },
      { step: "patch", samples: 200, stride: 100 },
      { step: "cast", dtype: "int32" },
    ];
    expect(compile(steps).describe()).toEqual([
      "highpass 0.5 Hz, butterworth order 2, causal with running state -> [1, 500]",
      "resample linear from 500 samples at 50 Hz to 400 at 40 Hz -> [1, 400]",
      "patch of 200 samples every 100 -> [1, 3, 200]",
      "cast to int32 -> [1, 3, 200]",
    ]);
  });

  it("checks filter edges against the rate that resampling leaves", () => {
    const steps = [
      { step: "resample", rate: 20 },
      { step: "lowpass", order: 2, cutoff: 12 },
    ];
    expect(() => compile(steps)).toThrow(
      "Expected cutoff of prepare step 2 (lowpass) to be below 10 Hz, half of the 20 Hz rate at this step, but received 12.",
    );
  });

  const lowpass = { step: "lowpass", order: 2, cutoff: 5 };
  it.each<[string, unknown[], string]>([
    [
      "an edge at half the rate",
      [{ step: "bandpass", order: 2, low: 1, high: 25 }],
      "Expected high of prepare step 1 (bandpass) to be below 25 Hz",
    ],
    ["a FIR edge above half the rate", [{ step: "fir", taps: 11, high: 30 }], "Expected high of prepare step 1 (fir)"],
    ["a notch above half the rate", [{ step: "notch", frequency: 50 }], "Expected frequency of prepare step 1 (notch)"],
    [
      "a notch wider than the band",
      [{ step: "notch", frequency: 20, q: 0.5 }],
      "Expected q of prepare step 1 (notch) to be above 0.8",
    ],
    [
      "too short a window for a zero-phase filter",
      [{ step: "fir", taps: 201, high: 5 }],
      "needs more than 603 samples to filter forwards and backwards, but its window has 500",
    ],
    [
      "an unstable design",
      [{ step: "bandpass", order: 20, low: 1e-7, high: 1.0000001e-7, mode: "causal" }],
      "(bandpass) of order 20 cannot be computed in float64",
    ],
    [
      "a stable design that rounding has turned into another",
      [{ step: "highpass", order: 2, cutoff: 1e-7, mode: "causal" }],
      "(highpass) of order 2 cannot be computed in float64",
    ],
    [
      "a causal step after a window step",
      [{ step: "zscore" }, { ...lowpass, mode: "causal" }],
      "Prepare step 2 (lowpass) is causal but stands after a step that works on single windows.",
    ],
    [
      "a cast that is not last",
      [{ step: "cast", dtype: "int32" }, { step: "zscore" }],
      "Prepare step 1 (cast) must be the last step.",
    ],
    [
      "a filter after patches",
      [{ step: "patch", samples: 100 }, lowpass],
      "Prepare step 2 (lowpass) cannot follow the patch step.",
    ],
    [
      "patches that leave a rest",
      [{ step: "patch", samples: 150 }],
      "cannot cut 500 samples into patches of 150 every 150 without a rest",
    ],
    ["a patch longer than the window", [{ step: "patch", samples: 501 }], "cannot cut 500 samples"],
    [
      "fewer channels than there are",
      [
        { step: "resample", samples: 500 },
        { step: "expand-channels", to: 0.5 },
      ],
      "Expected to",
    ],
    [
      "a window that no whole number of samples fills",
      [{ step: "resample", method: "linear", rate: 33.33 }],
      "which is not a whole number",
    ],
    ["a polyphase ratio without small factors", [{ step: "resample", rate: Math.PI }], "by whole factors up to 100000"],
    ["ddof as large as the window", [{ step: "zscore", ddof: 500 }], "Expected ddof"],
    ["more values than memory", [{ step: "resample", method: "linear", samples: 1e12 }], "makes 1000000000000 values"],
    ["more channels than memory", [{ step: "expand-channels", to: 2 ** 50 }], "more than 16777216"],
    [
      "too long a transform",
      [{ step: "resample", method: "fourier", samples: 1_000_001 }],
      "would transform more than 1000000 samples",
    ],
  ])("refuses %s", (_name, steps, message) => {
    expect(() => compile(steps)).toThrow(
      expect.objectContaining({ code: "PREPARE_INVALID", message: expect.stringContaining(message) }),
    );
  });

  it("refuses fewer channels than there are", () => {
    expect(() => compile([{ step: "expand-channels", to: 2 }], { channels: 3, samples: 5, rate: 50 })).toThrow(
      "Expected to of prepare step 1 (expand-channels) to be at least the 3 channels there are, but received 2.",
    );
  });

  it.each([
    { channels: 0, samples: 10, rate: 50 },
    { channels: 1.5, samples: 10, rate: 50 },
    { channels: 1, samples: 0, rate: 50 },
    { channels: 2 ** 12, samples: 2 ** 13, rate: 50 },
    { channels: 1, samples: 10, rate: 0 },
    { channels: 1, samples: 10, rate: Number.NaN },
  ])("refuses the window %j", (input) => {
    expect(() => compilePreparation([], input)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});

describe("prepareWindow", () => {
  it("normalises each channel on its own", () => {
    expect(prepared([{ step: "minmax" }], [0, 5, 10], [-1, 1, 0]).values).toEqual([0, 0.5, 1, 0, 1, 0.5]);
  });

  it("quantises halves to the even number", () => {
    expect(prepared([{ step: "quantise", levels: 4 }], [0, 1, 3, 5, 7, 8]).values).toEqual([0, 0, 2, 2, 4, 4]);
  });

  it("cuts patches that may overlap", () => {
    const steps = [{ step: "patch", samples: 2, stride: 1 }];
    expect(prepared(steps, [1, 2, 3], [4, 5, 6])).toEqual({ shape: [2, 2, 2], values: [1, 2, 2, 3, 4, 5, 5, 6] });
  });

  it("adds channels of zeros or repeats the given ones", () => {
    const expand = (fill: string) => prepared([{ step: "expand-channels", to: 5, fill }], [1, 2], [3, 4]);
    expect(expand("zero")).toEqual({ shape: [5, 2], values: [1, 2, 3, 4, 0, 0, 0, 0, 0, 0] });
    expect(expand("repeat")).toEqual({ shape: [5, 2], values: [1, 2, 3, 4, 1, 2, 3, 4, 1, 2] });
    const patched = [
      { step: "patch", samples: 1 },
      { step: "expand-channels", to: 2, fill: "repeat" },
    ];
    expect(prepared(patched, [1, 2])).toEqual({ shape: [2, 2, 1], values: [1, 2, 1, 2] });
  });

  it("treats each window as the first one, also with causal steps", () => {
    const preparation = compile([{ step: "highpass", order: 2, cutoff: 1, mode: "causal" }]);
    const [first, again] = [preparation.createOutput(), preparation.createOutput()];
    const signal = [Float64Array.from({ length: 500 }, (_, i) => Math.sin(i) + 3)];
    preparation.prepareWindow(signal, first);
    preparation.prepareWindow(signal, again);
    expect(again).toEqual(first);
  });

  it("leaves the signal as it was", () => {
    const signal = [Float64Array.from({ length: 500 }, (_, i) => i % 7)];
    const before = signal[0]!.slice();
    const preparation = compile([{ step: "lowpass", order: 2, cutoff: 1, mode: "causal" }, { step: "zscore" }]);
    preparation.prepareWindow(signal, preparation.createOutput());
    expect(signal[0]).toEqual(before);
  });

  it.each<[string, Float64Array[], string]>([
    ["a missing channel", [], "Expected signal to be 1 Float64Array"],
    ["a short channel", [new Float64Array(499)], "signal[0]"],
    ["a long channel", [new Float64Array(501)], "a Float64Array of 500 samples"],
    ["a gap", [new Float64Array(500).fill(Number.NaN, 77, 80)], "Expected signal[0][77] to be a finite number"],
  ])("refuses %s", (_name, signal, message) => {
    const preparation = compile([]);
    expect(() => preparation.prepareWindow(signal, preparation.createOutput())).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
    );
  });
});
