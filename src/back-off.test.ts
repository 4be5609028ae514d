import { expect, it, vi } from "vitest";
import { BackOff } from "./back-off.js";

it("waits twice as long after each failure, up to 30 s, and begins anew", () => {
  const latest = new BackOff(() => 1);
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map(() => latest.next())).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
  latest.reset();
  expect(latest.next()).toBe(500);
  const earliest = new BackOff(() => 0);
  expect([earliest.next(), earliest.next()]).toEqual([250, 500]);
});

it("begins anew behind what has worked for a minute, and not behind what has soon failed again", () => {
  const clock = vi.spyOn(performance, "now").mockReturnValue(0);
  try {
    const waits = new BackOff(() => 1);
    expect([waits.next(), waits.next(), waits.next()]).toEqual([500, 1000, 2000]);
    waits.succeeded();
    clock.mockReturnValue(59_000);
    expect(waits.next()).toBe(4000);
    clock.mockReturnValue(200_000);
    expect(waits.next()).toBe(8000);
    waits.succeeded();
    clock.mockReturnValue(261_000);
    expect(waits.next()).toBe(500);
  } finally {
    clock.mockRestore();
  }
});
