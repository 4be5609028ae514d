import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BioxError } from "../errors.js";
import { parseSteps } from "./index.js";
import { STEP_DEFINITIONS } from "./steps/index.js";

function problem(value: unknown): string {
  try {
    parseSteps(value);
  } catch (error) {
    expect(error).toBeInstanceOf(BioxError);
    expect((error as BioxError).code).toBe("PREPARE_INVALID");
    return `${(error as BioxError).message} ${(error as BioxError).hint ?? ""}`;
  }
  throw new Error("accepted");
}

describe("parseSteps", () => {
  it("fills in defaults", () => {
    expect(parseSteps([{ step: "bandpass", order: 4, low: 0.5, high: 12 }, { step: "zscore" }])).toEqual([
      { step: "bandpass", design: "butterworth", order: 4, low: 0.5, high: 12, mode: "zero-phase" },
      { step: "zscore", ddof: 0, epsilon: 0 },
    ]);
    expect(parseSteps([{ step: "fir", order: 150, low: 0.05, high: 47 }])).toEqual([
      { step: "fir", taps: 151, low: 0.05, high: 47, window: "hamming", mode: "zero-phase" },
    ]);
    expect(parseSteps([{ step: "patch", samples: 200 }, { step: "quantise" }])).toEqual([
      { step: "patch", samples: 200, stride: 200 },
      { step: "quantise", levels: 100, round: "half-even" },
    ]);
  });

  // Position, step, parameter, expectation and value, for each kind of mistake.
  it.each<[unknown, string]>([
    [{}, "Expected prepare to be a list of steps, but received {}."],
    [[{ step: "scale" }, "zscore"], 'Expected prepare step 2 to be an object with a name under "step"'],
    [[{ name: "zscore" }], 'Expected prepare step 1 to be an object with a name under "step"'],
    [[{ step: "zscores" }], "Prepare step 1 has the unknown name 'zscores'. Known steps are resample, bandpass"],
    [[{ step: "constructor" }], "unknown name 'constructor'"],
    [
      [{ step: "bandpass", order: 4, low: 1 }],
      "Expected high of prepare step 1 (bandpass) to be a finite number above 0, but it is missing.",
    ],
    [
      [{ step: "scale" }, { step: "bandpass", order: 0, low: 1, high: 2 }],
      "Expected order of prepare step 2 (bandpass) to be a whole number of at least 1 and at most 20, but received 0.",
    ],
    [
      [{ step: "bandpass", order: 2, low: 5, high: 2 }],
      "Expected low of prepare step 1 (bandpass) to be below high, which is 2 Hz, but received 5.",
    ],
    [
      [{ step: "lowpass", order: 2, cutoff: 5, ripple: 1 }],
      "Prepare step 1 (lowpass) has a ripple, which only the design 'chebyshev1' can have.",
    ],
    [[{ step: "lowpass", design: "chebyshev1", order: 2, cutoff: 5 }], "Expected ripple"],
    [
      [{ step: "lowpass", design: "bessel", order: 2, cutoff: 5 }],
      "to be 'butterworth' or 'chebyshev1', but received 'bessel'.",
    ],
    [
      [{ step: "highpass", order: 2, cutoff: "5" }],
      "Expected cutoff of prepare step 1 (highpass) to be a finite number above 0, but received '5'.",
    ],
    [[{ step: "zscore", epsilon: null }], "but received null."],
    [
      [{ step: "zscore", mode: "causal" }],
      "Prepare step 1 (zscore) has no parameter 'mode'. Its parameters are ddof, epsilon.",
    ],
    [[{ step: "notch", frequency: 50, Q: 30 }], "has no parameter 'Q'"],
    [[{ step: "resample" }], "has neither samples nor rate"],
    [[{ step: "resample", samples: 5, rate: 5 }], "has both samples and rate"],
    [[{ step: "resample", samples: 5.5 }], "Expected samples"],
    [[{ step: "fir", low: 1 }], "has neither taps nor order"],
    [[{ step: "fir", taps: 11 }], "has neither low nor high"],
    [[{ step: "fir", taps: 12, low: 1 }], "Expected taps of prepare step 1 (fir) to be odd"],
    [
      [{ step: "moving-mean-band", long: 74 }],
      "Expected long of prepare step 1 (moving-mean-band) to be an odd whole number",
    ],
    [[{ step: "moving-mean-band", short: 75, long: 75 }], "to be below long, which is 75"],
    [[{ step: "minmax", low: 1, high: 1 }], "to be below high, which is 1"],
    [[{ step: "clip" }], "has neither low nor high"],
    [[{ step: "quantise", round: "up" }], "to be 'half-even', but received 'up'."],
    [[{ step: "patch", samples: 10, stride: 11 }], "Expected stride"],
    [[{ step: "expand-channels", to: 0 }], "Expected to"],
    [[{ step: "cast", dtype: "int8" }], "'float32' or 'float64' or 'int32' or 'int64'"],
  ])("%j", (value, expected) => {
    expect(problem(value)).toContain(expected);
  });

  const names = [...STEP_DEFINITIONS.keys()];
  const parameters = [
    "low",
    "high",
    "cutoff",
    "order",
    "taps",
    "design",
    "ripple",
    "mode",
    "samples",
    "rate",
    "method",
  ];
  const others = [
    "long",
    "short",
    "levels",
    "dtype",
    "to",
    "stride",
    "frequency",
    "q",
    "type",
    "__proto__",
    "toString",
  ];
  const words = fc.constantFrom("causal", "chebyshev1", "linear", "fourier", "int64", "half-even");
  const value = fc.oneof(fc.integer({ min: -2, max: 40 }), fc.double(), words, fc.anything());
  const step = fc
    .tuple(fc.constantFrom(...names), fc.dictionary(fc.constantFrom(...parameters, ...others), value))
    .map(([name, rest]) => ({ ...rest, step: name }));

  it("gives steps that read back as themselves, or a BioxError, for anything at all", () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(step, { maxLength: 3 }), fc.anything()), (input) => {
        let steps: unknown;
        try {
          steps = parseSteps(input);
        } catch (error) {
          expect(error).toBeInstanceOf(BioxError);
          return;
        }
        expect(parseSteps(structuredClone(steps))).toEqual(steps);
      }),
      { numRuns: 2000 },
    );
  });
});
