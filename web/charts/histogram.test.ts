import { expect, it } from "vitest";
import { COLUMNS, histogram } from "./histogram.js";

it("counts each latency in the cell of its time and size", () => {
  const from = 1_000_000;
  const to = from + COLUMNS * 1000;
  const times = [from, from + 500, from + 1500, to - 1, from - 1, to];
  const { low, rows, counts, most } = histogram(times, [2, 2.05, 2, 150, 7, 7], from, to);
  // From the third of a decade below 2 ms to that above 150 ms: 10^0 to 10^(7/3), 12 rows a decade.
  expect(low).toBeCloseTo(1, 9);
  expect(rows).toBe(28);
  const row = (ms: number): number => Math.floor(Math.log10(ms) * 12);
  expect(counts[row(2)]).toBe(2);
  expect(counts[rows + row(2)]).toBe(1);
  expect(counts[(COLUMNS - 1) * rows + row(150)]).toBe(1);
  expect([most, counts.reduce((a, b) => a + b)]).toEqual([2, 4]);
});

it("shows a decade at least, and takes latencies of no time and none at all", () => {
  expect(histogram([5], [3], 0, 10).rows).toBe(12);
  expect(histogram([5], [0], 0, 10).most).toBe(1);
  expect(histogram([], [], 0, 10)).toMatchObject({ low: 1, rows: 12, most: 0 });
});
