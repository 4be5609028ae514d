import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePreparation, parseSteps } from "./index.js";

const RATE = 125;
const SAMPLES = 300;
const CAUSAL = [
  { step: "notch", frequency: 50, q: 10, mode: "causal" },
  { step: "bandpass", order: 3, low: 0.5, high: 8, mode: "causal" },
  { step: "fir", taps: 33, high: 20, mode: "causal" },
];
const WINDOWED = [{ step: "resample", method: "linear", samples: 200 }, { step: "zscore" }];

function compile(steps: unknown) {
  return compilePreparation(parseSteps(steps), { channels: 2, samples: SAMPLES, rate: RATE });
}

function recording(samples: number): Float64Array[] {
  return [3, 40].map((size) =>
    Float64Array.from({ length: samples }, (_, i) => 1000 + size * Math.sin(i / 9) + Math.sin(i * i)),
  );
}

/** The recording pushed in pieces of the given sizes, over and over, up to sample `end`. */
function pushed(steps: unknown, signal: Float64Array[], sizes: number[], end: number) {
  const live = compile(steps).createLive();
  for (let at = 0, piece = 0; at < end; piece++) {
    const size = Math.min(sizes[piece % sizes.length]!, end - at);
    live.push(
      signal.map((channel) => channel.subarray(at, at + size + 5)),
      size,
    );
    at += size;
  }
  return live;
}

const sizes = fc.array(fc.integer({ min: 1, max: 2500 }), { minLength: 1, maxLength: 8 });
const end = fc.integer({ min: SAMPLES, max: 3000 });

describe("a live preparation", () => {
  const signal = recording(3100);

  it("without causal steps gives exactly what prepareWindow gives, however the stream is cut", () => {
    const preparation = compile(WINDOWED);
    const [live, alone] = [preparation.createOutput(), preparation.createOutput()];
    fc.assert(
      fc.property(sizes, end, (pieces, last) => {
        pushed(WINDOWED, signal, pieces, last).prepare(live);
        preparation.prepareWindow(
          signal.map((channel) => channel.subarray(last - SAMPLES, last)),
          alone,
        );
        expect(live).toEqual(alone);
      }),
      { numRuns: 40 },
    );
  });

  it("with causal steps gives the same bits however the stream is cut", () => {
    const preparation = compile([...CAUSAL, ...WINDOWED]);
    const [once, cut] = [preparation.createOutput(), preparation.createOutput()];
    fc.assert(
      fc.property(sizes, end, (pieces, last) => {
        pushed([...CAUSAL, ...WINDOWED], signal, [last], last).prepare(once);
        pushed([...CAUSAL, ...WINDOWED], signal, pieces, last).prepare(cut);
        expect(cut).toEqual(once);
      }),
      { numRuns: 40 },
    );
  });

  it("remembers more than its window when filters are causal", () => {
    const preparation = compile(CAUSAL);
    const [continuous, fresh] = [preparation.createOutput(), preparation.createOutput()];
    pushed(CAUSAL, signal, [50], 600).prepare(continuous);
    preparation.prepareWindow(
      signal.map((channel) => channel.subarray(300, 600)),
      fresh,
    );
    expect(continuous).not.toEqual(fresh);
    pushed(CAUSAL, signal, [50], SAMPLES).prepare(continuous);
    preparation.prepareWindow(
      signal.map((channel) => channel.subarray(0, SAMPLES)),
      fresh,
    );
    expect(continuous).toEqual(fresh);
  });

  it("streams of one preparation do not disturb each other", () => {
    const preparation = compile([...CAUSAL, ...WINDOWED]);
    const [a, b] = [preparation.createLive(), preparation.createLive()];
    const [first, second] = [preparation.createOutput(), preparation.createOutput()];
    a.push(signal, 400);
    b.push(signal.toReversed(), 700);
    preparation.prepareWindow(
      signal.map((channel) => channel.subarray(9, SAMPLES + 9)),
      second,
    );
    a.prepare(first);
    pushed([...CAUSAL, ...WINDOWED], signal, [400], 400).prepare(second);
    expect(first).toEqual(second);
  });

  it("is ready once a whole window was pushed, and again after a reset", () => {
    const preparation = compile(CAUSAL);
    const live = preparation.createLive();
    const [before, after] = [preparation.createOutput(), preparation.createOutput()];
    live.push(signal, SAMPLES - 1);
    expect(live.ready).toBe(false);
    expect(() => live.prepare(before)).toThrow("The live window holds 299 of 300 samples so far.");
    live.push(signal, 0);
    expect(live.ready).toBe(false);
    live.push(signal, 1);
    expect(live.ready).toBe(true);
    live.reset();
    expect(live.ready).toBe(false);
    live.push(signal, SAMPLES);
    live.prepare(after);
    pushed(CAUSAL, signal, [SAMPLES], SAMPLES).prepare(before);
    expect(after).toEqual(before);
  });

  it("refuses a gap before it reaches the filters", () => {
    const live = pushed(CAUSAL, signal, [SAMPLES], SAMPLES);
    const [before, after] = [compile(CAUSAL).createOutput(), compile(CAUSAL).createOutput()];
    live.prepare(before);
    const gap = [signal[0]!, Float64Array.of(1, 2, Number.NaN)];
    expect(() => live.push(gap, 3)).toThrow("Expected signal[1][2] to be a finite number, but received NaN.");
    live.prepare(after);
    expect(after).toEqual(before);
    live.push(gap, 2);
    live.prepare(after);
    expect(after).not.toEqual(before);
  });

  it.each([-1, 1.5, Number.NaN, 3101])("refuses the count %d", (count) => {
    expect(() => compile([]).createLive().push(signal, count)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});
