import { describe, expect, it } from "vitest";
import { type Band, designIir, designNotch, type IirPrototype } from "./iir-design.js";

const RATE = 125;
const BANDS: [string, Band, edges: number[], middle: number][] = [
  ["low-pass", { high: 8 }, [8], 0],
  ["high-pass", { low: 0.5 }, [0.5], 62.4],
  ["band-pass", { low: 0.5, high: 12 }, [0.5, 12], 2.5],
];

describe.each(BANDS)("%s", (_name, band, edges, middle) => {
  it.each([1, 2, 3, 4, 5, 8])("Butterworth order %i is 3 dB down at its edges and stable", (order) => {
    const filter = designIir({ design: "butterworth", order }, band, RATE);
    for (const edge of edges) expect(filter.gain(edge, RATE)).toBeCloseTo(-10 * Math.log10(2), 6);
    expect(filter.gain(middle, RATE)).toBeCloseTo(0, 1);
    expect(filter.stable).toBe(true);
  });

  it.each([1, 2, 3, 4, 5, 8])("Chebyshev order %i is down by its ripple at its edges and stable", (order) => {
    const prototype: IirPrototype = { design: "chebyshev1", order, ripple: 0.5 };
    const filter = designIir(prototype, band, RATE);
    for (const edge of edges) expect(filter.gain(edge, RATE)).toBeCloseTo(-0.5, 6);
    expect(filter.stable).toBe(true);
  });
});

it("counts first-order sections as SciPy does for its padding", () => {
  const padding = (order: number, band: Band) => designIir({ design: "butterworth", order }, band, RATE).padding;
  expect(padding(4, { high: 8 })).toBe(15);
  expect(padding(3, { high: 8 })).toBe(12);
  expect(padding(3, { low: 0.5, high: 8 })).toBe(21);
});

it("reports poles that rounding has carried out of the unit circle", () => {
  expect(designIir({ design: "butterworth", order: 20 }, { low: 1e-7, high: 1.0000001e-7 }, RATE).stable).toBe(false);
});

it("a notch removes its frequency and halves the power at its edges", () => {
  const notch = designNotch(50, 25, 500);
  expect(notch.gain(50, 500)).toBeLessThan(-200);
  expect(notch.gain(0, 500)).toBeCloseTo(0, 9);
  expect(notch.gain(49, 500)).toBeCloseTo(-3, 0);
});
