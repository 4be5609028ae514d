import { expect, it } from "vitest";
import { defaultThreads } from "./create-engine.js";

it("shares all cores but one out among the engines, 1 to 4 threads each", () => {
  const defaults = (cores: number) => [1, 2, 3, 8].map((engines) => defaultThreads(engines, cores));
  expect(defaults(1)).toEqual([1, 1, 1, 1]);
  expect(defaults(4)).toEqual([3, 1, 1, 1]);
  expect(defaults(8)).toEqual([4, 3, 2, 1]);
  expect(defaults(64)).toEqual([4, 4, 4, 4]);
});
