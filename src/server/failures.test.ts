import { afterEach, beforeEach, expect, it, type MockInstance, vi } from "vitest";
import { Failures } from "./failures.js";

let clock: MockInstance<() => number>;
beforeEach(() => {
  clock = vi.spyOn(performance, "now").mockReturnValue(0);
});
afterEach(() => clock.mockRestore());

function fail(failures: Failures, address: string, times: number): void {
  for (let i = 0; i < times; i++) failures.add(address);
}

it("has an address wait until the minute is over in which it was wrong ten times, and no other address", () => {
  const failures = new Failures();
  fail(failures, "a", 9);
  expect(failures.wait("a")).toBeUndefined();
  clock.mockReturnValue(20_000);
  fail(failures, "a", 1);
  expect(failures.wait("a")).toBe(40);
  expect(failures.wait("b")).toBeUndefined();
  clock.mockReturnValue(59_999);
  expect(failures.wait("a")).toBe(1);
  clock.mockReturnValue(60_000);
  expect(failures.wait("a")).toBeUndefined();
  // The next minute counts from nothing.
  fail(failures, "a", 9);
  expect(failures.wait("a")).toBeUndefined();
  fail(failures, "a", 1);
  expect(failures.wait("a")).toBe(60);
});

it("keeps no more than ten thousand addresses, and forgets the oldest", () => {
  const failures = new Failures();
  for (const address of ["first", "second"]) fail(failures, address, 10);
  for (let i = 0; i < 9998; i++) failures.add(`other ${i}`);
  expect(failures.wait("first")).toBe(60);
  failures.add("one more");
  expect([failures.wait("first"), failures.wait("second")]).toEqual([undefined, 60]);
});
