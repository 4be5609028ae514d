import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toInt8 } from "./weights.js";

describe("toInt8", () => {
  it("scales a column by its largest weight where neighbours leave room", () => {
    // Column 0: 0.5 next to 0, so 127 steps to the largest. Column 1: two equal neighbours share 127.5 steps.
    const { values, scales } = toInt8(Float32Array.of(0.5, 1, 0, 1, -0.25, 0.5, 0, 0), 4, 2);
    expect([...scales]).toEqual([Math.fround(0.5 / 127), Math.fround(2 / 127.5)]);
    // 63.75 rounds to 64, and 64 + 64 is the most that two neighbours may have.
    expect([...values]).toEqual([127, 64, 0, 64, -64, 32, 0, 0]);
  });

  it("gives a column of zeros the scale 1, as other quantisers do", () => {
    expect(toInt8(new Float32Array(4), 4, 1)).toMatchObject({ scales: Float32Array.of(1), values: new Int8Array(4) });
    expect(toInt8(Float32Array.of(1e-45), 1, 1)).toMatchObject({
      scales: Float32Array.of(1),
      values: new Int8Array(1),
    });
  });

  it("rounds ties to even", () => {
    const { values } = toInt8(Float32Array.of(127, 0, 0.5, 0, 1.5, 0, -2.5, 0), 8, 1);
    expect([...values]).toEqual([127, 0, 0, 0, 2, 0, -2, 0]);
  });

  it("is off by half a step at most, and never lets neighbours pass 128, whatever the weights", () => {
    const weight = fc.oneof(
      fc.float({ noNaN: true, min: -1e3, max: 1e3 }),
      fc.constantFrom(0, 1, -1, 3.7e37, 2 ** -149),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(weight, { minLength: 1, maxLength: 60 }),
        (columns, list) => {
          const rows = Math.floor(list.length / columns);
          const W = Float32Array.from(list.slice(0, rows * columns));
          const { values, scales } = toInt8(W, rows, columns);
          for (let n = 0; n < columns; n++)
            for (let k = 0; k < rows; k++) {
              const [q, w] = [values[k * columns + n]!, W[k * columns + n]!];
              expect(Math.abs(q * scales[n]! - w)).toBeLessThanOrEqual((scales[n]! / 2) * (1 + 1e-5));
              expect(Math.abs(q)).toBeLessThanOrEqual(127);
              if (k % 2 === 1) expect(Math.abs(q) + Math.abs(values[(k - 1) * columns + n]!)).toBeLessThanOrEqual(128);
            }
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });
});
