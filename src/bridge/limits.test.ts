import { describe, expect, it } from "vitest";
import { MultiplyAddLoop, ReadLoop } from "./limits.js";
import { simd } from "./simd.js";

/** Microseconds of the fastest of a few runs of each, in turns: whatever else the machine does can only add to a time. */
function fastest(...loops: { run(): void }[]): number[] {
  const best = loops.map(() => Number.POSITIVE_INFINITY);
  for (let i = 0; i < 20; i++)
    for (const [k, loop] of loops.entries()) {
      const begin = performance.now();
      loop.run();
      best[k] = Math.min(best[k]!, (performance.now() - begin) * 1e3);
    }
  return best;
}

describe.each(simd().available)("limits of %s", (target) => {
  it("reads as many bytes as it says: twice the memory takes longer", () => {
    expect(new ReadLoop(1000, target).bytes).toBe(1024);
    expect(new ReadLoop(1, target).bytes).toBe(512);
    const half = new ReadLoop(8 << 20, target);
    const whole = new ReadLoop(16 << 20, target);
    const [halfUs, wholeUs] = fastest(half, whole) as [number, number];
    // Twice as long, or more: of two sizes the smaller may fit into a cache that the larger does not, and is then several times as near.
    expect(wholeUs / halfUs).toBeGreaterThan(1.2);
    // Less than 8 us for 8 MB would be 1000 GB/s, which no core loads.
    expect(halfUs).toBeGreaterThan(8);
  });

  it("does as many multiply-adds as it says: twice the steps take twice the time", () => {
    const half = new MultiplyAddLoop(50_000, target);
    const whole = new MultiplyAddLoop(100_000, target);
    expect(whole.count).toBe(2 * half.count);
    const [halfUs, wholeUs] = fastest(half, whole) as [number, number];
    expect(wholeUs / halfUs).toBeGreaterThan(1.5);
    expect(wholeUs / halfUs).toBeLessThan(2.7);
    // No core does 1000 multiply-adds a nanosecond.
    expect(half.count / halfUs).toBeLessThan(1e6);
  });
});

describe("limits", () => {
  it("refuse sizes and targets that do not exist", () => {
    const [target] = simd().available as [ReturnType<typeof simd>["active"]];
    expect(() => new ReadLoop(0, target)).toThrow("bytes");
    expect(() => new MultiplyAddLoop(1.5, target)).toThrow("steps");
    expect(() => new ReadLoop(1, "sse9" as typeof target)).toThrow("one of the targets available here");
  });
});
