import { describe, expect, it } from "vitest";
import { runOnnx } from "../../../test/support/run-onnx.js";
import { encodeModel } from "../../onnx/index.js";
import { type AttentionShape, attention, fusedAttention } from "./attention.js";
import { gelu, groupNorm } from "./layers.js";
import { Net, product } from "./net.js";
import { fillUniform, seedOf } from "./random.js";
import { rickerKernels } from "./ricker.js";

const SEED = 5;

async function result(shape: readonly number[], values: Float32Array, make: (net: Net, x: string) => string) {
  const net = new Net("layer", SEED);
  net.graph.output(make(net, net.graph.input("x", "float32", shape)), "float32", shape);
  return Object.values(await runOnnx(encodeModel(net.graph), values, shape))[0]!.data;
}

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
}

/** The weights that a net gives a name. */
const drawn = (name: string, length: number, bound: number, centre = 0): number[] =>
  [...fillUniform(new Float32Array(length), seedOf(name, SEED), bound)].map((v) => v + centre);

/** x [rows, from] W [from, to] + b. */
function linear(x: readonly number[], from: number, to: number, weight: number[], bias: readonly number[]): number[] {
  return Array.from({ length: (x.length / from) * to }, (_, i) => {
    const [row, column] = [Math.floor(i / to), i % to];
    let sum = bias[column] ?? 0;
    for (let k = 0; k < from; k++) sum += x[row * from + k]! * weight[k * to + column]!;
    return sum;
  });
}

function attend(q: number[], k: number[], v: number[], { batch, tokens, width, heads }: AttentionShape): number[] {
  const size = width / heads;
  const at = (b: number, t: number, h: number, i: number) => (b * tokens + t) * width + h * size + i;
  const out = new Array<number>(batch * tokens * width).fill(0);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < tokens; t++) {
        const scores = Array.from({ length: tokens }, (_, s) => {
          let sum = 0;
          for (let i = 0; i < size; i++) sum += q[at(b, t, h, i)]! * k[at(b, s, h, i)]!;
          return Math.exp(sum / Math.sqrt(size));
        });
        const total = scores.reduce((a, c) => a + c);
        for (let i = 0; i < size; i++)
          out[at(b, t, h, i)] = scores.reduce((sum, score, s) => sum + (score / total) * v[at(b, s, h, i)]!, 0);
      }
  return out;
}

describe("layers agree with plain loops", () => {
  const shape = { batch: 2, tokens: 5, width: 12, heads: 3 };
  const { batch, tokens, width } = shape;
  const x = fillUniform(new Float32Array(batch * tokens * width), 9, 2);
  const dims = [batch, tokens, width];
  const bound = Math.sqrt(3 / width);
  const square = (name: string, input: readonly number[]) =>
    linear(input, width, width, drawn(`a.${name}.weight`, width * width, bound), drawn(`a.${name}.bias`, width, 0.02));

  it("attention", async () => {
    const mixed = attend(square("q", [...x]), square("k", [...x]), square("v", [...x]), shape);
    expectClose(await result(dims, x, (net, name) => attention(net, "a", name, shape)), square("out", mixed));
  });

  it("attention whose queries, keys and values are one layer", async () => {
    const weight = drawn("a.qkv.weight", 3 * width * width, bound);
    const joint = linear([...x], width, 3 * width, weight, drawn("a.qkv.bias", 3 * width, 0.02));
    const part = (index: number) => joint.filter((_, i) => Math.floor((i % (3 * width)) / width) === index);
    const mixed = attend(part(0), part(1), part(2), shape);
    const found = await result(dims, x, (net, name) => fusedAttention(net, "a", name, shape, { bias: true }));
    expectClose(found, square("out", mixed));
  });

  it("group norm", async () => {
    const [channels, time, groups] = [6, 7, 2];
    const values = fillUniform(new Float32Array(channels * time), 4, 3);
    const perGroup = (channels * time) / groups;
    const scale = drawn("n.weight", channels, 0.1, 1);
    const shift = drawn("n.bias", channels, 0.02);
    const expected = [...values].map((value, i) => {
      const start = Math.floor(i / perGroup) * perGroup;
      const group = [...values.subarray(start, start + perGroup)];
      const mean = group.reduce((a, b) => a + b) / perGroup;
      const variance = group.reduce((a, b) => a + (b - mean) ** 2, 0) / perGroup;
      const channel = Math.floor(i / time);
      return ((value - mean) / Math.sqrt(variance + 1e-5)) * scale[channel]! + shift[channel]!;
    });
    const found = await result([1, channels, time], values, (net, name) =>
      groupNorm(net, "n", name, groups, [1, channels, time]),
    );
    expectClose(found, expected);
  });

  it("GELU at known points", async () => {
    const values = Float32Array.of(-3, -1, 0, 0.5, 1, 3);
    // x times the normal distribution function, from tables.
    expectClose(await result([6], values, gelu), [-0.00404969, -0.15865525, 0, 0.34573123, 0.84134475, 2.99595031]);
  });
});

it("Ricker wavelets are highest in the middle, where the formula says, and nought a scale away", () => {
  const kernels = rickerKernels([1, 2], 9);
  expect(kernels[4]).toBeCloseTo(2 / (Math.sqrt(3) * Math.PI ** 0.25), 6);
  expect(kernels[5]).toBeCloseTo(0, 6);
  expect(kernels[9 + 6]).toBeCloseTo(0, 6);
  expect(kernels[9 + 4]! / kernels[4]!).toBeCloseTo(Math.SQRT1_2, 6);
  expect([...kernels].reverse().slice(9)).toEqual([...kernels].slice(0, 9));
});

it("weights do not depend on what came before them, and are spread evenly", () => {
  const values = fillUniform(new Float32Array(100_000), 1, 0.5);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.005);
  expect(variance).toBeCloseTo(0.25 / 3, 2);
  expect(Math.max(...values.subarray(0, 10_000))).toBeLessThanOrEqual(0.5);
  expect(fillUniform(new Float32Array(product([2, 3])), 1, 0.5)).toEqual(values.subarray(0, 6));
  expect(new Set(["a", "b", "ab", "ba"].flatMap((name) => [seedOf(name, 1), seedOf(name, 2)])).size).toBe(8);
});
