/** Against PyTorch and NumPy: tools/golden/align.py. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Adam, rateAt, SCHEDULES } from "./adam.js";
import { type LossKind, lossOf } from "./loss.js";
import { Random } from "./random.js";
import { ReducedRankRegression } from "./regression.js";

interface Golden {
  losses: Record<string, { loss: number; gradient: number[] }>;
  adam: Record<string, number[]>;
  reducedRank: { ridge: number; map: number[] }[];
}
const golden = JSON.parse(readFileSync(new URL("testdata/train.golden.json", import.meta.url), "utf8")) as Golden;

function sequence(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = Number((BigInt(state) * 1664525n + 1013904223n) % 2n ** 32n);
    return state / 2 ** 32 - 0.5;
  });
}

function farthest(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(found[i]! - value))) / largest;
}

describe("losses and their gradients are PyTorch's", () => {
  it.each(["cosine", "mse", "l1"] as LossKind[])("%s", (kind) => {
    const gradient = new Float32Array(24);
    const { loss, gradient: expected } = golden.losses[kind]!;
    expect(lossOf(kind, sequence(24, 1), sequence(24, 2), gradient)).toBeCloseTo(loss, 12);
    expect(farthest(gradient, expected)).toBeLessThan(1e-6);
    lossOf(kind, sequence(24, 1), sequence(24, 2), gradient, 0.25);
    expect(
      farthest(
        gradient,
        expected.map((value) => value / 4),
      ),
    ).toBeLessThan(1e-6);
  });

  it("cosine of a zero vector", () => {
    const gradient = new Float32Array(6);
    const { loss, gradient: expected } = golden.losses["cosine of zero"]!;
    expect(lossOf("cosine", new Float32Array(6), sequence(6, 2), gradient)).toBe(loss);
    expect(farthest(gradient, expected)).toBeLessThan(1e-6);
  });
});

it.each(SCHEDULES)("Adam takes PyTorch's steps, learning rate %s", (schedule) => {
  const parameters = sequence(8, 3);
  const adam = new Adam([parameters]);
  for (let step = 0; step < 12; step++) adam.step([sequence(8, 10 + step)], rateAt(schedule, 0.05, step, 12));
  expect(farthest(parameters, golden.adam[schedule]!)).toBeLessThan(1e-6);
});

describe("reduced-rank regression", () => {
  const shape = { channelsIn: 5, rank: 2, prototypes: 4, tokens: 4, width: 3 };
  const rows = 40;
  const x = sequence(rows * 5, 5);
  const noise = sequence(rows * 12, 6);
  const truth = sequence(5 * 12, 7);
  const y = Float32Array.from(noise, (value, at) => {
    const [n, d] = [Math.floor(at / 12), at % 12];
    let sum = value;
    for (let i = 0; i < 5; i++) sum += x[n * 5 + i]! * truth[i * 12 + d]!;
    return sum;
  });

  it.each(["tokens-first", "channels-first"] as const)("gives NumPy's best map of rank 2, %s", (layout) => {
    const fit = new ReducedRankRegression(
      { x, target: (row, into) => into.set(y.subarray(row * 12, (row + 1) * 12)), equalNorms: false },
      shape,
      layout,
    );
    for (const { ridge, map } of golden.reducedRank) {
      // The golden map is x [5] to y [12], and its ridge is relative to the sum over rows, as this one is to their mean.
      const { A, B, prototypes } = fit.weights(ridge, new Random(1, "P"));
      const found = Float64Array.from({ length: 60 }, (_, at) => {
        const [i, d] = [Math.floor(at / 12), at % 12];
        const [t, c] = layout === "tokens-first" ? [Math.floor(d / 3), d % 3] : [d % 4, Math.floor(d / 4)];
        let sum = 0;
        for (let p = 0; p < 4; p++)
          for (let k = 0; k < 2; k++) sum += prototypes[c * 4 + p]! * B[(p * 4 + t) * 2 + k]! * A[k * 5 + i]!;
        return sum;
      });
      expect(farthest(found, map)).toBeLessThan(1e-5);
    }
  });

  it("is refused where it would not fit into memory, with a way out", () => {
    const large = { channelsIn: 768, rank: 2, prototypes: 4, tokens: 500, width: 768 };
    const data = { x: new Float32Array(768), target: () => {}, equalNorms: false };
    expect(() => new ReducedRankRegression(data, large, "tokens-first")).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("would hold 768 x 500 x 768 numbers"),
        hint: expect.stringContaining("--start rows or kmeans"),
      }),
    );
  });

  it("weighs rows alike where only directions count", () => {
    const fitOf = (scale: (row: number) => number) =>
      new ReducedRankRegression(
        {
          x,
          target: (row, into) => {
            for (let d = 0; d < 12; d++) into[d] = y[row * 12 + d]! * scale(row);
          },
          equalNorms: true,
        },
        shape,
        "tokens-first",
      ).weights(0.1, new Random(1, "P"));
    const plain = fitOf(() => 1);
    const scaled = fitOf((row) => 2 ** (row % 3));
    const product = ({ A, B }: { A: Float32Array; B: Float32Array }): number[] =>
      Array.from({ length: 12 }, (_, row) => [0, 1].reduce((sum, k) => sum + B[row * 2 + k]! * A[k * 5]!, 0));
    const ratio = product(scaled).map((value, i) => value / product(plain)[i]!);
    // The same map but for one factor, the typical length.
    expect(Math.max(...ratio) / Math.min(...ratio)).toBeCloseTo(1, 3);
  });
});
