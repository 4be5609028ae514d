import { describe, expect, it } from "vitest";
import { symmetricEigen } from "./eigen.js";
import { kmeans } from "./kmeans.js";
import { Random } from "./random.js";

describe("eigenvalues of symmetric matrices", () => {
  it.each([1, 2, 7, 40])("make up a matrix of %d rows again", (n) => {
    const random = new Random(n, "eig");
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.normal();
    const { values, vectors } = symmetricEigen(matrix, n);
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let again = 0;
        let product = 0;
        for (let k = 0; k < n; k++) {
          again += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
          product += vectors[i * n + k]! * vectors[j * n + k]!;
        }
        expect(Math.abs(again - matrix[i * n + j]!)).toBeLessThan(1e-12 * n);
        expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-12 * n);
      }
  });

  it("are those of a known matrix", () => {
    // The second difference: eigenvalues 2 - 2 cos(k pi / (n + 1)).
    const n = 6;
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const apart = Math.abs(Math.floor(at / n) - (at % n));
      return apart === 0 ? 2 : apart === 1 ? -1 : 0;
    });
    for (const [i, value] of symmetricEigen(matrix, n).values.entries())
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((n - i) * Math.PI) / (n + 1)), 12);
  });
});

describe("k-means", () => {
  it("finds groups that lie apart", () => {
    const random = new Random(5, "km");
    const centres = [
      [0, 0],
      [10, 0],
      [0, 10],
      [10, 10],
    ] as const;
    const points = Float32Array.from(
      { length: 800 },
      (_, at) => centres[Math.floor(at / 2) % 4]![at % 2]! + random.normal(),
    );
    const found = kmeans(points, 2, 4, new Random(1, "km"));
    for (const [x, y] of centres) {
      const distances = [0, 1, 2, 3].map((k) => Math.hypot(found[k * 2]! - x, found[k * 2 + 1]! - y));
      // The mean of 100 numbers of deviation 1.
      expect(Math.min(...distances)).toBeLessThan(0.5);
    }
  });

  it("takes points that are all alike", () => {
    expect([...kmeans(new Float32Array(10).fill(3), 1, 3, new Random(1, "km"))]).toEqual([3, 3, 3]);
  });
});
