import { describe, expect, it } from "vitest";
import { memoryTrend } from "./memory-trend.js";

const MB = 2 ** 20;
/** A look a second for ten minutes at a heap that garbage fills and collections empty, each 7 s. */
const sawtooth = (leakPerMinute: number): number[] =>
  Array.from({ length: 600 }, (_, s) => MB * (20 + (s % 7) + ((s * 13) % 5) / 20 + (leakPerMinute * s) / 60));

describe("memoryTrend", () => {
  it("calls a heap flat that only garbage fills", () => {
    const { slope, error, flat, from } = memoryTrend(sawtooth(0), 10);
    expect(flat).toBe(true);
    expect(Math.abs(slope)).toBeLessThan(3 * error + 0.01);
    expect(from).toBeCloseTo(20, 0);
  });

  it("finds a leak, and how fast it is", () => {
    const { slope, flat } = memoryTrend(sawtooth(0.5), 10);
    expect(flat).toBe(false);
    expect(slope).toBeCloseTo(0.5, 1);
  });

  it("leaves out what fills at the start", () => {
    const filling = Array.from({ length: 600 }, (_, s) => MB * (20 + Math.min(s, 180) + ((s * 13) % 5) / 20));
    expect(memoryTrend(filling, 10)).toMatchObject({ flat: true });
  });
});
