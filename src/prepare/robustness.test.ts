import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BioxError } from "../errors.js";
import { compilePreparation, parseSteps } from "./index.js";

const mode = fc.constantFrom("zero-phase", "causal");
const hertz = fc.double({ min: 1e-4, max: 80, noNaN: true });
const order = fc.integer({ min: 1, max: 20 });
const design = fc.oneof(
  fc.constant({ design: "butterworth" }),
  fc.record({ design: fc.constant("chebyshev1"), ripple: fc.double({ min: 1e-6, max: 60, noNaN: true }) }),
);
const band = fc.tuple(hertz, hertz).map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));
const factor = fc.double({ min: -1e300, max: 1e300, noNaN: true });
const name = <T extends string>(step: T) => ({ step: fc.constant(step) });

const step = fc.oneof(
  fc.tuple(fc.record({ ...name("bandpass"), order, mode }), design, band).map((parts) => Object.assign({}, ...parts)),
  fc
    .tuple(fc.record({ ...name("lowpass"), order, mode, cutoff: hertz }), design)
    .map((parts) => Object.assign({}, ...parts)),
  fc
    .tuple(fc.record({ ...name("highpass"), order, mode, cutoff: hertz }), design)
    .map((parts) => Object.assign({}, ...parts)),
  fc
    .tuple(fc.record({ ...name("fir"), taps: fc.integer({ min: 2, max: 60 }), mode }), band)
    .map((parts) => Object.assign({}, ...parts)),
  fc.record({ ...name("notch"), frequency: hertz, q: hertz, mode }),
  fc.record({
    ...name("resample"),
    method: fc.constantFrom("polyphase", "linear", "fourier"),
    samples: fc.integer({ min: 1, max: 300 }),
  }),
  fc.record({
    ...name("resample"),
    method: fc.constantFrom("polyphase", "linear", "fourier"),
    rate: fc.integer({ min: 1, max: 300 }),
  }),
  fc.record({ ...name("detrend"), type: fc.constantFrom("linear", "constant") }),
  fc.record({ ...name("moving-mean-band"), long: fc.integer({ min: 0, max: 200 }).map((n) => 2 * n + 1) }),
  fc.record(name("zscore")),
  fc.record(name("minmax")),
  fc.record({ ...name("quantise"), levels: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ ...name("scale"), factor, offset: factor }),
  fc.record({ ...name("patch"), samples: fc.integer({ min: 1, max: 50 }) }),
  fc.record({
    ...name("expand-channels"),
    to: fc.integer({ min: 1, max: 4 }),
    fill: fc.constantFrom("zero", "repeat"),
  }),
  fc.record({ ...name("cast"), dtype: fc.constantFrom("float32", "float64", "int32", "int64") }),
);
const shape = fc.record({
  channels: fc.integer({ min: 1, max: 3 }),
  samples: fc.integer({ min: 1, max: 200 }),
  rate: fc.constantFrom(1, 50, 62.5, 125, 1000),
});
const level = fc.oneof(fc.integer({ min: 0, max: 65535 }), fc.double({ noNaN: true, noDefaultInfinity: true }));

describe("any list of steps on any window", () => {
  it("gives finite numbers or a BioxError", () => {
    let runs = 0;
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 4 }),
        shape,
        fc.array(level, { minLength: 1, maxLength: 9 }),
        (steps, input, levels) => {
          const signal = Array.from({ length: input.channels }, (_, c) =>
            Float64Array.from({ length: input.samples }, (_, i) => levels[(i * (c + 1)) % levels.length]!),
          );
          try {
            const preparation = compilePreparation(parseSteps(steps), input);
            const out = preparation.createOutput();
            preparation.prepareWindow(signal, out);
            runs++;
            for (const value of out) expect(Number.isFinite(Number(value))).toBe(true);
            expect(out.length).toBe(preparation.output.shape.reduce((a, b) => a * b));
            expect(preparation.describe()).toHaveLength(steps.length);
          } catch (error) {
            if (!(error instanceof BioxError)) throw error;
            expect(error.message).toMatch(/^[A-Z].*\.$/);
          }
        },
      ),
      { numRuns: 1000 },
    );
    expect(runs).toBeGreaterThan(100);
  });
});

describe("a still signal", () => {
  // A disconnected sensor must not become a lively window because rounding noise was scaled up to full range.
  const steps = [
    { step: "bandpass", order: 4, low: 0.5, high: 12, design: "chebyshev1", ripple: 0.5 },
    { step: "bandpass", order: 2, low: 0.5, high: 12, mode: "causal" },
    { step: "highpass", order: 3, cutoff: 0.5 },
    { step: "lowpass", order: 3, cutoff: 12 },
    { step: "fir", taps: 31, low: 0.5, high: 12 },
    { step: "notch", frequency: 50 },
    { step: "resample", method: "linear", samples: 321 },
    { step: "resample", method: "fourier", samples: 321 },
    { step: "detrend" },
    { step: "detrend", type: "constant" },
    { step: "moving-mean-band", short: 5, long: 75 },
  ];
  it.each(steps.flatMap((first) => [{ step: "zscore" }, { step: "quantise" }].map((then) => [first, then])))(
    "stays exactly still through %j, so that %j gives zeros",
    (first, then) => {
      const preparation = compilePreparation(parseSteps([first, then]), { channels: 1, samples: 500, rate: 125 });
      const out = preparation.createOutput() as Float32Array;
      for (const level of [0, 0.1, 51_234.7, -1e9 / 3]) {
        preparation.prepareWindow([new Float64Array(500).fill(level)], out);
        expect(out.every((value) => value === 0)).toBe(true);
      }
    },
  );
});
