import { describe, expect, it } from "vitest";
import { gram } from "./gram.js";
import { simd } from "./simd.js";

/** Numbers of no pattern on a large common part. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return 50 + state / 2 ** 32;
  });
}

describe("gram", () => {
  it.each(simd().available)("is the product of centred columns, with %s", (target) => {
    for (const [rows, p, q] of [
      [1, 1, 1],
      [2, 3, 5],
      [33, 13, 26],
      [64, 31, 67],
      [353, 64, 64],
    ] as const) {
      const x = numbers(rows * p, p);
      const y = numbers(rows * q, q + 100);
      const { product, meanX, meanY } = gram(x, p, y, q, rows, { simd: target });
      const means = (values: Float32Array, columns: number): number[] =>
        Array.from({ length: columns }, (_, j) => {
          let sum = 0;
          for (let r = 0; r < rows; r++) sum += values[r * columns + j]!;
          return sum / rows;
        });
      const [mx, my] = [means(x, p), means(y, q)];
      for (let i = 0; i < p; i++) {
        expect(meanX[i]).toBeCloseTo(mx[i]!, 10);
        for (let j = 0; j < q; j++) {
          let sum = 0;
          for (let r = 0; r < rows; r++) sum += (x[r * p + i]! - mx[i]!) * (y[r * q + j]! - my[j]!);
          expect(Math.abs(product[i * q + j]! - sum), `${rows} ${p} ${q}`).toBeLessThan(1e-11 * rows);
        }
      }
      expect(meanY[q - 1]).toBeCloseTo(my[q - 1]!, 10);
    }
  });

  it("takes matrices with the same rows only", () => {
    const x = numbers(12, 1);
    expect(() => gram(x, 3, x, 5, 4)).toThrow("Expected y to be [rows, q], 20 numbers, but received Float32Array(12).");
    expect(() => gram(x, 0, x, 3, 4)).toThrow("Expected p to be a whole number of at least 1, but received 0.");
    expect(() => gram(x, 3, x, 3, 4, { simd: "mmx" as never })).toThrow("Expected simd");
  });
});
