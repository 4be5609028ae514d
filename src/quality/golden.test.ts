/** The pulse analysis against NumPy and SciPy: tools/golden/quality.py made the expected values. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EcgAnalysis, PpgAnalysis, QualityMeter } from "./index.js";
import { findPeaks } from "./peaks.js";

interface Signal {
  samples: number;
  rate: number;
  bpm: number;
  noise: number;
  seed: number;
}

const golden = JSON.parse(readFileSync(new URL("testdata/pulse.golden.json", import.meta.url), "utf8")) as {
  windows: { signal: Signal; expected: Record<string, number> }[];
  peaks: { options: Record<string, number>; expected: number[] }[];
};

/** As in tools/golden/quality.py. */
function pulseWave({ samples, rate, bpm, noise, seed }: Signal): Float64Array {
  let state = seed;
  return Float64Array.from({ length: samples }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const t = i / rate;
    const phase = ((2 * Math.PI * bpm) / 60) * t;
    const wave = Math.sin(phase) + 0.4 * Math.sin(2 * phase + 1) + 0.15 * Math.sin(3 * phase + 2);
    return 2000 + 100 * wave + 80 * Math.sin(2 * Math.PI * 0.25 * t) + 100 * noise * (state / 2 ** 32 - 0.5);
  });
}

describe("against SciPy", () => {
  it.each(golden.windows)("$signal", ({ signal, expected }) => {
    const found = new PpgAnalysis(signal.rate, signal.samples).run(pulseWave(signal));
    for (const [name, value] of Object.entries(expected))
      expect(found[name as keyof typeof found], name).toBeCloseTo(value, 6);
    expect(Math.abs(found.pulseRate! - signal.bpm)).toBeLessThan(3);
  });

  it.each(golden.peaks)("peaks with $options", ({ options, expected }) => {
    const x = pulseWave({ samples: 400, rate: 50, bpm: 80, noise: 4, seed: 6 }).map((value) => Math.round(value));
    expect(findPeaks(x, options)).toEqual(expected);
  });
});

const clean: Signal = { samples: 1000, rate: 100, bpm: 72, noise: 0.1, seed: 1 };

describe("the quality of a window", () => {
  const meter = new QualityMeter("ppg", 100, 1000);
  const x = pulseWave(clean);

  it("is near 1 for a clean pulse, with its rate and no reasons", () => {
    const { quality, reasons, pulseRate } = meter.assess([x], 0);
    expect(quality).toBeGreaterThan(0.95);
    expect(reasons).toEqual([]);
    expect(pulseRate).toBeCloseTo(72, 0);
  });

  it.each([
    ["flat", (v: Float64Array) => v.slice().fill(7, 200, 500)],
    ["clipped", (v: Float64Array) => v.map((value) => Math.min(value, 2085))],
    ["no pulse", (v: Float64Array) => v.map((_, i) => 2000 + i)],
    ["motion", (v: Float64Array) => pulseWave({ ...clean, noise: 12 }).map((value, i) => value + (v[i]! - 2000))],
  ])("names what is wrong: %s", (reason, damage) => {
    const { quality, reasons } = meter.assess([damage(x)], 0);
    expect(reasons).toContain(reason);
    expect(quality).toBeLessThan(0.9);
  });

  it("falls with what was lost", () => {
    const { quality, reasons } = meter.assess([x], 250);
    expect(quality).toBeLessThan(0.76);
    expect(reasons).toEqual(["drop-outs"]);
  });

  it.each([
    ["drop-outs", "ppg", x, 30],
    ["motion", "ppg", pulseWave({ ...clean, noise: 1.5 }), 0],
    ["flat", "emg", x.slice().fill(x[200]!, 200, 240), 0],
    ["clipped", "emg", x.slice().fill(3000, 200, 220), 0],
  ] as const)("has a reason below a minimum, however little it costs: %s", (reason, modality, window, missing) => {
    const meter = new QualityMeter(modality, 100, 1000);
    const { quality, reasons } = meter.assess([window], missing);
    expect(reasons).toEqual([]);
    expect(meter.assess([window], missing, quality).reasons).toEqual([]);
    expect(meter.assess([window], missing, quality + 0.001).reasons).toEqual([reason]);
  });

  it("is that of the worst channel, with the pulse of the best", () => {
    const { quality, reasons, pulseRate } = meter.assess([new Float64Array(1000), x], 0);
    expect(quality).toBe(0);
    expect(reasons).toEqual(["flat", "no pulse"]);
    expect(pulseRate).toBeCloseTo(72, 0);
  });

  it("does not look for a pulse in other signals, or in a moment", () => {
    const noise = pulseWave({ ...clean, noise: 50 });
    expect(new QualityMeter("emg", 100, 1000).assess([noise], 0)).toEqual({ quality: 1, reasons: [], pulseRate: null });
    expect(new QualityMeter("ppg", 100, 300).assess([noise.slice(0, 300)], 0).pulseRate).toBeNull();
  });

  it("stays a number whatever the window holds", () => {
    for (const value of [0, 1e300, -1e300, 5e-324])
      for (const modality of ["ppg", "ecg"]) {
        const { quality } = new QualityMeter(modality, 100, 1000).assess([new Float64Array(1000).fill(value)], 0);
        expect(quality).toBe(0);
      }
    const wild = Float64Array.from({ length: 1000 }, (_, i) => (i % 7 === 0 ? 1e200 : -1e200));
    for (const modality of ["ppg", "ecg"]) {
      const { quality } = new QualityMeter(modality, 100, 1000).assess([wild], 0);
      expect(quality).toBeGreaterThanOrEqual(0);
      expect(quality).toBeLessThanOrEqual(1);
    }
  });
});

describe("an ECG", () => {
  /** A spike of 40 ms with smaller waves before and after, at a steady rate. */
  const ecg = Float64Array.from({ length: 2500 }, (_, i) => {
    const t = (i / 250) % (60 / 66);
    const bump = (at: number, width: number, height: number): number => height * Math.exp(-(((t - at) / width) ** 2));
    return (
      bump(0.2, 0.03, 0.1) +
      bump(0.35, 0.012, 1) -
      bump(0.38, 0.012, 0.3) +
      bump(0.6, 0.06, 0.25) +
      0.01 * Math.sin(i * 12.9898)
    );
  });

  it("has its rate and a high score", () => {
    const { pulseRate, score, reason } = new EcgAnalysis(250, 2500).run(ecg);
    expect(pulseRate).toBeCloseTo(66, 0);
    expect(score).toBeGreaterThan(0.9);
    expect(reason).toBeUndefined();
  });

  it("has a low one where only noise is left", () => {
    let state = 3;
    const noise = ecg.map((value) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return value + 6 * (state / 2 ** 32 - 0.5);
    });
    const { score, reason } = new EcgAnalysis(250, 2500).run(noise);
    expect(score).toBeLessThan(0.5);
    expect(reason).toBeDefined();
  });
});
