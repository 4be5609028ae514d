import { describe, expect, it } from "vitest";
import { philox, Random } from "./random.js";

describe("random numbers", () => {
  // Known answers of Random123, the authors' library: tests/kat_vectors, "philox4x32 10".
  it.each([
    [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [Array(4).fill(0xffffffff), Array(2).fill(0xffffffff), "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("are those of Philox4x32-10 for %j", (counter, key, expected) => {
    expect(
      philox(counter, key)
        .map((word) => word.toString(16).padStart(8, "0"))
        .join(" "),
    ).toBe(expected);
  });

  it("depend on seed, purpose and index, and on nothing else", () => {
    const draw = (seed: number, purpose: string, index: number): number[] => {
      const random = new Random(seed, purpose, index);
      return Array.from({ length: 9 }, () => random.uniform());
    };
    expect(draw(1, "A", 0)).toEqual(draw(1, "A", 0));
    const others = [draw(1, "A", 0), draw(2, "A", 0), draw(1, "B", 0), draw(1, "A", 1), draw(1 + 2 ** 32, "A", 0)];
    expect(new Set(others.map((numbers) => numbers[0])).size).toBe(5);
    expect(new Set(others.flat()).size).toBe(45);
  });

  it("have the moments of their distributions", () => {
    const random = new Random(7, "N");
    const count = 40_000;
    const normals = Array.from({ length: count }, () => random.normal());
    const mean = normals.reduce((sum, value) => sum + value, 0) / count;
    const fourth = normals.reduce((sum, value) => sum + value ** 4, 0) / count;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(count));
    expect(normals.reduce((sum, value) => sum + value ** 2, 0) / count).toBeCloseTo(1, 1);
    expect(Math.abs(fourth - 3)).toBeLessThan((4 * Math.sqrt(96)) / Math.sqrt(count));
  });

  it("order every row once, each order as likely as another", () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = new Random(3, "ord", epoch).permutation(3).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["012", "021", "102", "120", "201", "210"]);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
