import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LEAST_SECONDS, LEAST_WINDOWS, Phase, type Progress } from "./phase.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const quiet = { signal: undefined, onProgress: undefined };

it("without a duration goes on until there are enough windows and enough time", () => {
  const phase = new Phase("x", { ...quiet, seconds: undefined });
  expect(phase.goesOn(LEAST_WINDOWS)).toBe(true);
  vi.advanceTimersByTime(LEAST_SECONDS * 1000);
  expect(phase.goesOn(LEAST_WINDOWS - 1)).toBe(true);
  expect(phase.goesOn(LEAST_WINDOWS)).toBe(false);
  expect(phase.shortness).toBeUndefined();
});

it("with a duration ends then, and says when that was too short", () => {
  const phase = new Phase("back to back", { ...quiet, seconds: 2 });
  expect(phase.goesOn(5000)).toBe(true);
  vi.advanceTimersByTime(2000);
  expect(phase.goesOn(5001)).toBe(false);
  expect(phase.shortness).toBe("back to back: 5001 windows in 2.0 s");
  const long = new Phase("back to back", { ...quiet, seconds: 100 });
  vi.advanceTimersByTime(100_000);
  expect(long.goesOn(LEAST_WINDOWS - 1)).toBe(false);
  expect(long.shortness).toBe("back to back: 1023 windows in 100.0 s");
});

it("ends before the next window when it is told to", () => {
  const stop = new AbortController();
  const phase = new Phase("x", { ...quiet, seconds: 100, signal: stop.signal });
  expect(phase.goesOn(1)).toBe(true);
  stop.abort();
  expect(phase.goesOn(2)).toBe(false);
  expect(phase.shortness).toContain("2 windows");
});

it("tells how long it will still take, a few times a second", () => {
  const told: Progress[] = [];
  const phase = new Phase("x", { signal: undefined, seconds: 10, onProgress: (progress) => told.push(progress) });
  vi.advanceTimersByTime(1000);
  for (let n = 0; n < 100; n++) phase.goesOn(n);
  expect(told).toEqual([{ phase: "x", windows: 0, secondsLeft: 9 }]);
  vi.advanceTimersByTime(4000);
  phase.goesOn(200);
  expect(told[1]).toEqual({ phase: "x", windows: 200, secondsLeft: 5 });
});
