import { expect, it } from "vitest";
import { livePace } from "./live.js";

it("fills windows within seconds and leaves the model time between them, but is never slower than the bundle's hop", () => {
  // A minute of signal, 30 ms of model: ten times as fast, two and a half of the model between windows.
  const long = livePace({ seconds: 60, hop: 5 }, 30);
  expect(long.speed).toBe(10);
  expect(long.hop / long.speed).toBeCloseTo(0.075, 9);
  // A quick model is not asked more often than frames of 40 ms come.
  const quick = livePace({ seconds: 2, hop: 1 }, 0.3);
  expect(quick).toEqual({ speed: 1, hop: 0.1 });
  // One that takes longer than its hop keeps the bundle's.
  const slow = livePace({ seconds: 60, hop: 5 }, 4000);
  expect(slow.hop / slow.speed).toBeCloseTo(5, 9);
});
