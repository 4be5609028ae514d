import { expect, it } from "vitest";
import { trueRate } from "./true-rate.js";

it.each([
  ["not known yet", 275, null, undefined, 250],
  ["near the claim", 250.6, 0.01, undefined, 250],
  ["far from it", 275.011, 0.01, undefined, 275],
  ["near what is in use", 275.3, 0.01, 275, 275],
  ["back at the claim", 250.1, 0.01, 275, 250],
])("a rate %s", (_, rate, rateError, current, expected) => {
  expect(trueRate({ rate, nominalRate: 250, rateError }, current)).toBeCloseTo(expected, 9);
});
