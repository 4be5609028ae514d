import { describe, expect, it } from "vitest";
import { signalQuality } from "./quality.js";

const sine = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i / 7.3));

describe("signal quality", () => {
  it("is 1 for a signal that moves, 0 for one that does not", () => {
    expect(signalQuality([sine], 100, 0)).toBe(1);
    expect(signalQuality([new Float64Array(1000).fill(5)], 100, 0)).toBe(0);
  });

  it("falls by the share that is flat, clipped or lost", () => {
    const flat = sine.slice().fill(0.3, 100, 200);
    expect(signalQuality([flat], 100, 0)).toBeCloseTo(0.9, 6);
    const clipped = sine.map((v) => Math.min(v, 0.9));
    const share = clipped.filter((v) => v === 0.9).length / 1000;
    expect(share).toBeGreaterThan(0.1);
    expect(signalQuality([clipped], 100, 0)).toBeCloseTo(1 - share, 2);
    expect(signalQuality([sine], 100, 250)).toBeCloseTo(0.75, 6);
  });

  it("counts the worst of several channels", () => {
    expect(signalQuality([sine, sine.slice().fill(0, 500)], 100, 0)).toBeCloseTo(0.5, 2);
  });
});
