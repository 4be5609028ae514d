import { describe, expect, it } from "vitest";
import { rationalRatio } from "./ratio.js";

describe("rationalRatio", () => {
  it.each([
    [100, 125, 4, 5],
    [62.5, 125, 1, 2],
    [100, 44.1, 1000, 441],
    [250, 125, 2, 1],
    [125, 125, 1, 1],
    [0.001, 100, 1, 100_000],
  ])("%d Hz from %d Hz is %i / %i", (to, from, up, down) => {
    expect(rationalRatio(to, from)).toEqual({ up, down });
  });

  it.each([
    [Math.PI, 1],
    [100, 0.0001],
    [0.0001, 100],
    [1e300, 1e-300],
    [1e-300, 1e300],
  ])("finds none for %d Hz from %d Hz", (to, from) => {
    expect(rationalRatio(to, from)).toBeNull();
  });
});
