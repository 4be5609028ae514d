import { describe, expect, it } from "vitest";
import { findDefects } from "./usable.js";

const sine = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i / 7.3));

describe("defects", () => {
  it("are none in a signal that moves, and all of one that does not", () => {
    expect(findDefects(sine, 100)).toEqual({ flat: 0, clipped: 0 });
    expect(findDefects(new Float64Array(1000).fill(5), 100)).toEqual({ flat: 1, clipped: 0 });
  });

  it("are the share that is flat or clipped", () => {
    expect(findDefects(sine.slice().fill(0.3, 100, 200), 100).flat).toBeCloseTo(0.1, 6);
    const clipped = sine.map((v) => Math.min(v, 0.9));
    const share = clipped.filter((v) => v === 0.9).length / 1000;
    expect(share).toBeGreaterThan(0.1);
    expect(findDefects(clipped, 100).clipped).toBeCloseTo(share, 2);
  });
});
