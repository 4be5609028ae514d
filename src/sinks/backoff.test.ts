import { expect, it } from "vitest";
import { Backoff } from "./backoff.js";

it("waits twice as long after each failure, up to 30 s, and begins anew", () => {
  const latest = new Backoff(() => 1);
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map(() => latest.next())).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
  latest.reset();
  expect(latest.next()).toBe(500);
  const earliest = new Backoff(() => 0);
  expect([earliest.next(), earliest.next()]).toEqual([250, 500]);
});
