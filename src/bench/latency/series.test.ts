import { describe, expect, it } from "vitest";
import { LatencySeries } from "./series.js";

describe("a series of times", () => {
  it("gives nearest-rank percentiles to a thousandth, far beyond 32-bit nanoseconds", () => {
    const series = new LatencySeries();
    // 1 ms to 10 s: nanoseconds up to 10^10.
    for (let i = 1; i <= 10_000; i++) series.add(i);
    const { count, min, p50, p90, p99, p999, max, mean } = series.summary();
    expect(count).toBe(10_000);
    for (const [value, exact] of [
      [min, 1],
      [p50, 5000],
      [p90, 9000],
      [p99, 9900],
      [p999, 9990],
      [max, 10_000],
      [mean, 5000.5],
    ] as const)
      expect(Math.abs(value / exact - 1)).toBeLessThan(0.001);
  });

  it("never gives a percentile above the longest time", () => {
    const series = new LatencySeries();
    series.add(8.987654);
    const { p50, p999, max } = series.summary();
    expect(Math.max(p50, p999)).toBeLessThanOrEqual(max);
  });

  it("is all zeros when empty, and takes what a coarse clock says", () => {
    const series = new LatencySeries();
    expect(series.summary()).toMatchObject({ count: 0, mean: 0, min: 0, p50: 0, max: 0 });
    series.add(-0.001);
    expect(series.summary()).toMatchObject({ count: 1, max: 0 });
  });

  it("counts what is longer than a limit", () => {
    const series = new LatencySeries();
    for (const ms of [1, 2, 3, 4, 5]) series.add(ms);
    expect(series.countAbove(3.5)).toBe(2);
    expect(series.countAbove(100)).toBe(0);
  });

  it("puts every time into a bar, also those beyond the edges", () => {
    const series = new LatencySeries();
    for (const ms of [0.5, 1, 2, 3, 100]) series.add(ms);
    const { edges, counts } = series.bars(1, 4);
    expect(edges).toHaveLength(counts.length + 1);
    expect(counts.reduce((a, b) => a + b)).toBe(5);
    expect([counts[0], counts.at(-1)]).toEqual([2, 1]);
    // 2 ms is in the middle of the logarithmic axis from 1 to 4.
    expect(counts.findIndex((count, i) => i > 0 && count > 0)).toBe(counts.length / 2);
  });

  it("keeps between 16 and 32 blocks of equal length, whatever the run's", () => {
    const series = new LatencySeries();
    for (let i = 0; i < 5000; i++) series.add(i < 2500 ? 1 : 3);
    const { windows, p50, p95 } = series.summary().blocks;
    expect(windows).toBe(256);
    expect(p50).toHaveLength(Math.floor(5000 / 256));
    expect(p95).toHaveLength(p50.length);
    expect(p50.slice(0, 9)).toEqual(new Array(9).fill(1));
    expect(p50.slice(10)).toEqual(new Array(9).fill(3));
  });
});
