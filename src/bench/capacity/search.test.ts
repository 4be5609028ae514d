import fc from "fast-check";
import { expect, it } from "vitest";
import { largest } from "./search.js";

it("finds the largest number that passes, whichever it is, in few steps", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 400 }), async (most, limit) => {
      const tried: number[] = [];
      const { value, complete } = await largest(most, async (n) => {
        tried.push(n);
        return n <= limit;
      });
      expect({ value, complete }).toEqual({ value: Math.min(most, limit), complete: true });
      expect(tried.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(most + 1)) + 1);
      expect(tried.every((n) => n >= 1 && n <= most)).toBe(true);
      expect(new Set(tried).size).toBe(tried.length);
    }),
  );
});

it("ends early with what has passed so far", async () => {
  expect(await largest(64, async (n) => (n < 8 ? true : undefined))).toEqual({ value: 4, complete: false });
});
