import { describe, expect, it } from "vitest";
import { designIir } from "./iir-design.js";
import { zeroPhase } from "./zero-phase.js";

describe("zeroPhase", () => {
  const filter = designIir({ design: "butterworth", order: 2 }, { low: 0.5, high: 8 }, 125);

  it("does not shift a tone within its band", () => {
    const tone = Float64Array.from({ length: 1250 }, (_, i) => Math.cos((2 * Math.PI * 2 * (i - 625)) / 125));
    const y = new Float64Array(1250);
    zeroPhase(filter, 1250)(tone, 0, y, 0);
    expect(y[625]).toBeGreaterThan(0.99);
    expect(y[624]).toBeCloseTo(y[626]!, 3);
  });

  it("uses only the samples of its row", () => {
    const samples = 300;
    const signal = Float64Array.from({ length: samples }, (_, i) => Math.sin(i / 7) + i / 50);
    const alone = new Float64Array(samples);
    zeroPhase(filter, samples)(signal, 0, alone, 0);
    const framed = new Float64Array(samples + 20).fill(Number.NaN);
    framed.set(signal, 10);
    const y = new Float64Array(samples + 4).fill(7);
    zeroPhase(filter, samples)(framed, 10, y, 2);
    expect(y.subarray(2, samples + 2)).toEqual(alone);
    expect([y[0], y[1], y[samples + 2], y[samples + 3]]).toEqual([7, 7, 7, 7]);
  });
});
