import { expect } from "vitest";

/**
 * Windows that begin at each hop, the last one included. A machine that was busy for longer than a hop has left some out, as many as it says:
 * the newest window wins.
 *
 * @param starts first samples of the windows that were run, in order @param hop between them, samples; @param windows of the whole signal
 */
export function expectHops(starts: readonly number[], skipped: number, hop: number, windows: number): void {
  const numbers = starts.map((start) => Math.round(start / hop));
  expect(starts).toEqual(numbers.map((k) => Math.round(k * hop)));
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(numbers.at(-1)).toBe(windows - 1);
  expect(numbers.length + skipped).toBe(windows);
}
