import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digitOf, edfRange, physicalOf } from "./edf-range.js";

const channel = (unit: string, scale = 1, offset = 0) => ({ name: "x", unit, scale, offset });

describe("edfRange", () => {
  it.each<[string, [unit: string, scale: number, offset: number, min: number, max: number], object]>([
    [
      "counts as they are",
      ["adc", 1, 0, -300, 300],
      { low: "-32768", high: "32767", digitalLow: -32768, lossless: true },
    ],
    ["counts beyond 16 bits that span fewer", ["adc", 1, 0, 100_000, 160_000], { lossless: true, step: 1, bits: 19 }],
    ["a falling scale", ["mmHg", -0.25, 10, -40, 60], { lossless: true, step: 0.25 }],
    [
      "volts in millionths",
      ["V", 2 ** -23, 0, -20_000 * 2 ** -23, 20_000 * 2 ** -23],
      { unit: "uV", factor: 1e6, lossless: true },
    ],
    ["a constant", ["adc", 1, 0, 7, 7], { lossless: true }],
    ["more than 16 bits", ["adc", 1, 0, 0, 262_143], { lossless: false, bits: 19, low: "0", high: "262143" }],
  ])("keeps %s", (_, [unit, scale, offset, min, max], expected) => {
    const range = edfRange(channel(unit, scale, offset), { min, max, stepped: true }, 16);
    expect(range).toMatchObject(expected);
    expect(range.low.length).toBeLessThanOrEqual(8);
    expect(range.high.length).toBeLessThanOrEqual(8);
    for (const value of [min, max, (min + max) / 2])
      expect(Math.abs(physicalOf(digitOf(value, range), range) - value)).toBeLessThan(
        (0.51 * range.step) / range.factor,
      );
  });

  it("refuses numbers that 8 characters cannot tell apart", () => {
    for (const [min, max] of [
      [0, 1e9],
      [-2e7, 0],
      [123_456_789, 123_456_790],
      [1e-9, 2e-9],
    ] as const)
      expect(() => edfRange(channel("adc"), { min, max, stepped: false }, 24)).toThrow(
        expect.objectContaining({ code: "FILE_INVALID", hint: expect.stringContaining(".csv") }),
      );
  });

  it("never clips and never errs by more than half a step, whatever the range", () => {
    const value = fc.double({ min: -9e6, max: 9e6, noNaN: true });
    fc.assert(
      fc.property(
        value,
        value,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(16, 24),
        (a, b, share, bits) => {
          const [min, max] = [Math.min(a, b), Math.max(a, b)];
          fc.pre(max - min > 1e-3 * Math.max(1, Math.abs(min), Math.abs(max)));
          const range = edfRange(channel("adc"), { min, max, stepped: false }, bits as 16 | 24);
          const inside = min + share * (max - min);
          expect(Math.abs(physicalOf(digitOf(inside, range), range) - inside)).toBeLessThanOrEqual(0.5001 * range.step);
        },
      ),
    );
  });
});
