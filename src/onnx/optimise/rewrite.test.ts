import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { BioxError } from "../../errors.js";
import { optimiseOnnx } from "./rewrite.js";

const lower = readFileSync(new URL("../../../bundles/demo/lower.onnx", import.meta.url));

it("says how many operators became others, and gives the same bytes back where there are none", () => {
  const once = optimiseOnnx(lower, "lower.onnx");
  expect(once.operators).toBe(4);
  const twice = optimiseOnnx(once.onnx, "lower.onnx");
  expect(twice.operators).toBe(0);
  expect(twice.onnx).toBe(once.onnx);
});

it("does not change the file that it is given", () => {
  const bytes = lower.slice();
  optimiseOnnx(bytes, "lower.onnx");
  expect(lower.equals(bytes)).toBe(true);
});

it("rewrites or refuses a file that is cut short or has broken bytes, and never fails otherwise", () => {
  const tryOut = (broken: Uint8Array): void => {
    try {
      optimiseOnnx(broken, "lower.onnx");
    } catch (error) {
      if (!(error instanceof BioxError)) throw error;
      expect(error.code).toBe("ONNX_INVALID");
    }
  };
  for (let part = 0; part < 64; part++) tryOut(lower.subarray(0, Math.floor((lower.length * part) / 64)));
  // Nodes come first, then weights.
  const at = fc.oneof(fc.nat(lower.length - 1), fc.nat(3000));
  fc.assert(
    fc.property(fc.array(fc.tuple(at, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 }), (changes) => {
      const broken = Uint8Array.from(lower);
      for (const [index, mask] of changes) broken[index]! ^= mask;
      tryOut(broken);
    }),
    { numRuns: 1000, seed: 1 },
  );
});
