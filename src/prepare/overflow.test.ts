import { describe, expect, it } from "vitest";
import { compilePreparation, parseSteps } from "./index.js";

const SAMPLES = 500;
const input = { channels: 1, samples: SAMPLES, rate: 100 };
const HUGE = 1.7e308;

function compile(steps: unknown) {
  return compilePreparation(parseSteps(steps), input);
}

function refusal(step: string) {
  return expect.objectContaining({
    code: "PREPARE_INVALID",
    message: `Prepare step 1 (${step}) has no finite result for this window: its values are too large.`,
  });
}

/** A pulse of height `size` on an offset, with a value of its own at every sample. */
function pulse(size: number, samples = SAMPLES): Float64Array {
  return Float64Array.from({ length: samples }, (_, i) => size * (0.5 * Math.sin(i / 15) + 0.3 * Math.cos(i * i)));
}

describe("values too large for a step", () => {
  const alternating = Float64Array.from({ length: SAMPLES }, (_, i) => (i % 2 ? HUGE : -HUGE));
  const tails = [[], [{ step: "clip", low: -1, high: 1 }], [{ step: "quantise" }]];
  it.each([
    [{ step: "zscore" }, pulse(1e200)], // the squares overflow, not the sum
    [{ step: "zscore", ddof: 1, epsilon: 1e-6 }, alternating],
    [{ step: "minmax" }, alternating],
    [{ step: "quantise" }, alternating],
    [{ step: "detrend" }, pulse(HUGE)],
    [{ step: "detrend", type: "constant" }, alternating],
    [{ step: "moving-mean-band", long: 101 }, alternating],
    [
      { step: "moving-mean-band", short: 5, long: 101 },
      Float64Array.from(alternating, (v) => Math.abs(v)).fill(-HUGE, 0, 1),
    ],
    [{ step: "scale", factor: 1e200 }, pulse(1e200)],
    [{ step: "lowpass", order: 2, cutoff: 5 }, alternating],
    [{ step: "fir", taps: 11, high: 20 }, alternating],
    [{ step: "resample", method: "fourier", samples: 250 }, alternating],
    [{ step: "resample", method: "polyphase", samples: 750 }, Float64Array.from(alternating, (v) => Math.abs(v))],
  ])("are refused by %j, whatever follows", (step, signal) => {
    for (const rest of tails) {
      const preparation = compile([step, ...rest]);
      expect(() => preparation.prepareWindow([signal], preparation.createOutput())).toThrow(refusal(step.step));
    }
  });

  it("do not spoil the windows after them", () => {
    const preparation = compile([
      { step: "lowpass", order: 2, cutoff: 5 },
      { step: "resample", method: "fourier", samples: 251 },
      { step: "moving-mean-band", long: 25 },
      { step: "zscore" },
    ]);
    const [before, after] = [preparation.createOutput(), preparation.createOutput()];
    preparation.prepareWindow([pulse(3)], before);
    expect(() => preparation.prepareWindow([alternating], after)).toThrow("Prepare step 1 (lowpass)");
    preparation.prepareWindow([pulse(3)], after);
    expect(after).toEqual(before);
  });

  it("are normalised as long as float64 holds their squares, however large or small", () => {
    const preparation = compile([{ step: "zscore" }, { step: "cast", dtype: "float64" }]);
    const [usual, other] = [preparation.createOutput(), preparation.createOutput()] as [Float64Array, Float64Array];
    preparation.prepareWindow([pulse(1)], usual);
    for (const size of [2 ** 480, 2 ** -450]) {
      preparation.prepareWindow([pulse(size)], other);
      expect(other).toEqual(usual); // a power of two changes no digit
    }
  });

  it("count as constant where their squares vanish", () => {
    const preparation = compile([{ step: "zscore" }]);
    const out = preparation.createOutput() as Float32Array;
    for (const size of [1e-145, 1e-160, 1e-200, 5e-324]) {
      preparation.prepareWindow([pulse(size)], out);
      expect(out.every((value) => value === 0)).toBe(true);
    }
  });
});

describe("a value too large for causal filters", () => {
  const causal = [
    { step: "notch", frequency: 45, q: 10, mode: "causal" },
    { step: "bandpass", order: 3, low: 0.5, high: 8, mode: "causal" },
    { step: "fir", taps: 33, high: 20, window: "hann", mode: "causal" },
  ];
  const GLITCH = 700;
  const TOTAL = 3000;

  function damaged(value: number): Float64Array {
    const signal = pulse(1000, TOTAL);
    signal[GLITCH] = value;
    return signal;
  }

  it.each([HUGE, -HUGE, 1e100, 1.1e30])("of %d costs the windows that hold it, and no other", (value) => {
    const signal = damaged(value);
    const preparation = compile([...causal, { step: "zscore" }]);
    const live = preparation.createLive();
    const anew = preparation.createLive();
    const [out, expected] = [preparation.createOutput(), preparation.createOutput()];
    let refused = 0;
    for (let at = 0; at < TOTAL; at += 50) {
      live.push([signal.subarray(at)], 50);
      const begin = Math.max(at, GLITCH + 1);
      if (at + 50 > begin) anew.push([signal.subarray(begin)], at + 50 - begin);
      if (!live.ready) continue;
      const holds = at + 50 > GLITCH && at + 50 - SAMPLES <= GLITCH;
      if (holds) {
        refused++;
        const place = GLITCH - (at + 50 - SAMPLES);
        expect(() => live.prepare(out)).toThrow(
          expect.objectContaining({
            code: "PREPARE_INVALID",
            message: `The causal filters of channel 0 had to start anew at sample ${place} of this window, as its value was too large.`,
          }),
        );
      } else {
        live.prepare(out);
        if (anew.ready) anew.prepare(expected);
        if (anew.ready) expect(out).toEqual(expected);
      }
    }
    expect(refused).toBe(10);
  });

  it("is treated alike however the stream is cut, also when large values stay", () => {
    const signal = damaged(1e200);
    signal.fill(HUGE, 900, 1100);
    const preparation = compile(causal);
    const [once, cut] = [preparation.createOutput(), preparation.createOutput()];
    const whole = preparation.createLive();
    whole.push([signal], 1700);
    whole.prepare(once);
    for (const size of [1, 7, 1023]) {
      const live = preparation.createLive();
      for (let at = 0; at < 1700; at += size) live.push([signal.subarray(at)], Math.min(size, 1700 - at));
      live.prepare(cut);
      expect(cut).toEqual(once);
    }
  });

  it("is refused in a window alone too, and harmless without causal filters", () => {
    const filtered = compile(causal);
    const plain = compile([{ step: "minmax" }]);
    const window = damaged(1e200).subarray(GLITCH - 100, GLITCH - 100 + SAMPLES);
    expect(() => filtered.prepareWindow([window], filtered.createOutput())).toThrow("start anew at sample 100");
    const out = plain.createOutput() as Float32Array;
    plain.prepareWindow([window], out);
    expect(out[100]).toBe(1);
  });

  it("does not disturb the other channels", () => {
    const preparation = compilePreparation(parseSteps(causal), { ...input, channels: 2 });
    const live = preparation.createLive();
    const out = preparation.createOutput();
    live.push([pulse(10, SAMPLES), damaged(1e200).subarray(GLITCH - 3)], SAMPLES);
    expect(() => live.prepare(out)).toThrow("The causal filters of channel 1 had to start anew at sample 3 ");
  });
});
