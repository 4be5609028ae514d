import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compilePreparation, parseSteps } from "./index.js";

// SciPy's results for every step; tools/golden/prepare.py makes the file and holds the same recording().

interface Sampled {
  length: number;
  at: number[];
  values: number[];
}
interface WindowCase {
  name: string;
  samples: number;
  rate: number;
  seed: number;
  steps: unknown[];
  expected: Sampled;
}
interface StreamCase extends Omit<WindowCase, "expected"> {
  recorded: number;
  windows: (Sampled & { end: number })[];
}

const golden: { windows: WindowCase[]; streams: StreamCase[] } = JSON.parse(
  readFileSync(new URL("./testdata/steps.golden.json", import.meta.url), "utf8"),
);

function recording(samples: number, rate: number, seed: number): Float64Array {
  let state = seed >>> 0;
  return Float64Array.from({ length: samples }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const noise = state / 2 ** 32 - 0.5;
    const t = i / rate;
    const pulse = 3000 * Math.sin(2 * Math.PI * 1.2 * t) + 900 * Math.sin(2 * Math.PI * 2.4 * t + 0.5);
    return Math.floor(50000 + pulse + 1500 * Math.sin(2 * Math.PI * 0.25 * t) + 400 * noise);
  });
}

/** Largest difference, as a share of the largest expected value. */
function difference(out: Float64Array, { length, at, values }: Sampled): number {
  expect(out.length).toBe(length);
  const fullScale = Math.max(...values.map(Math.abs)) || 1;
  return Math.max(...at.map((index, i) => Math.abs(out[index]! - values[i]!))) / fullScale;
}

function float64Preparation(steps: unknown[], samples: number, rate: number) {
  const all = parseSteps([...steps, { step: "cast", dtype: "float64" }]);
  return compilePreparation(all, { channels: 1, samples, rate });
}

describe("single windows agree with SciPy", () => {
  it.each(golden.windows)("$name", ({ samples, rate, seed, steps, expected }) => {
    const preparation = float64Preparation(steps, samples, rate);
    const out = preparation.createOutput() as Float64Array;
    preparation.prepareWindow([recording(samples, rate, seed)], out);
    expect(difference(out, expected)).toBeLessThan(1e-9);
  });
});

describe("live windows agree with windows cut from a recording that SciPy filtered", () => {
  it.each(golden.streams)("$name", ({ recorded, samples, rate, seed, steps, windows }) => {
    const live = float64Preparation(steps, samples, rate).createLive();
    const whole = recording(recorded, rate, seed);
    const out = float64Preparation(steps, samples, rate).createOutput() as Float64Array;
    let pushed = 0;
    for (const window of windows) {
      // Uneven pieces, as a serial port delivers them.
      for (let size = 1; pushed < window.end; size = (size * 7) % 61) {
        const end = Math.min(window.end, pushed + size);
        live.push([whole.subarray(pushed, end)], end - pushed);
        pushed = end;
      }
      live.prepare(out);
      expect(difference(out, window)).toBeLessThan(1e-9);
    }
  });
});
