import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { interleave, median } from "./interleave.js";

/** A clock that only work moves: what is measured is then known, however busy the machine is. */
let clock = 0;
beforeEach(() => {
  vi.spyOn(performance, "now").mockImplementation(() => clock);
});
afterEach(() => vi.restoreAllMocks());

function work(ms: number): void {
  clock += ms;
}

describe("interleave", () => {
  it("gives the microseconds of one call, in order, whether a run is a promise or not", async () => {
    const fast = { run: () => work(0.1) };
    const slow = { run: async () => work(0.4) };
    const times = await interleave([slow, fast], { rounds: 9 });
    expect(times[0]).toBeCloseTo(400, 6);
    expect(times[1]).toBeCloseTo(100, 6);
  });

  it("gives each contender its turn in every round, and another one the first", async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      run: () => {
        if (order.at(-1) !== name) order.push(name);
        work(0.3);
      },
    });
    await interleave([contender("a"), contender("b"), contender("c")], { rounds: 3, sampleMs: 0.2 });
    // First the three are calibrated; turns of the same contender that meet are one entry.
    expect(order.join("")).toBe("abcabcbcacab".replace(/(.)\1/g, "$1"));
  });

  it("refuses a number of rounds that is none", async () => {
    for (const rounds of [0, 1.5, Number.NaN]) await expect(interleave([], { rounds })).rejects.toThrow("rounds");
  });

  it("takes the middle", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });
});
