import { describe, expect, it } from "vitest";
import { type Result, runOnnx } from "../../../test/support/run-onnx.js";
import { lowerHalf, type Part, upperHalf, wholeModel } from "./cut.js";
import { hubertEcg } from "./hubert-ecg.js";
import { labram } from "./labram.js";
import type { BlockModel } from "./model.js";
import { product } from "./net.js";
import { normwear } from "./normwear.js";
import { papagei } from "./papagei.js";
import { fillUniform } from "./random.js";

const SEED = 7;

const noise = (shape: readonly number[]): Float32Array => fillUniform(new Float32Array(product(shape)), 3, 1.7);
const run = (part: Part, shape: readonly number[]): Promise<Record<string, Result>> =>
  runOnnx(part.onnx, noise(shape), shape);

function expectAlive({ data }: Result, largest: number): void {
  expect(data.every(Number.isFinite)).toBe(true);
  const deviation = Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
  expect(deviation).toBeGreaterThan(0.05);
  expect(deviation).toBeLessThan(largest);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** Runs the model whole and cut behind block m, and expects the same last block and the shapes that were said. */
async function expectCuttable(model: BlockModel, m: number): Promise<Record<string, Result>> {
  const whole = await run(wholeModel(model, SEED), model.input);
  for (let index = 0; index < model.blocks; index++) {
    const output = whole[`block_${index}`]!;
    expect(output.shape).toEqual(model.shape(index));
    expectAlive(output, 50);
  }
  const lower = (await run(lowerHalf(model, m, SEED), model.input)).features!;
  expect(lower.shape).toEqual(model.shape(m));
  const upper = await runOnnx(upperHalf(model, m + 1, SEED).onnx, lower.data, lower.shape);
  const [expected, found] = [whole[`block_${model.blocks - 1}`]!.data, upper.last_block!.data];
  expect(found.length).toBe(expected.length);
  expect(largestDifference(found, expected)).toBeLessThan(1e-3);
  return whole;
}

/** Parameters of the published model: what the graph holds and what lies beyond the last block. */
const published = (model: BlockModel): number => wholeModel(model, SEED).parameters + model.otherParameters;

describe("PaPaGei-S", () => {
  it("has the published number of parameters", () => {
    expect(published(papagei)).toBe(5_785_612);
  });

  it("has the published shape behind each block, cut or whole", async () => {
    const whole = await expectCuttable(papagei, 4);
    const shapes = Array.from({ length: 18 }, (_, i) => whole[`block_${i}`]!.shape.slice(1).join("x"));
    expect(shapes.join(" ")).toBe(
      "32x7500 32x3750 32x3750 32x1875 64x1875 64x938 64x938 64x469 128x469 128x235 128x235 128x118 " +
        "256x118 256x59 256x59 256x30 512x30 512x15",
    );
  });

  it("means the same to ONNX Runtime with and without its optimizations", async () => {
    const { onnx } = wholeModel(papagei, SEED);
    const window = noise(papagei.input);
    const [plain, optimized] = [
      await runOnnx(onnx, window, papagei.input, "disabled"),
      await runOnnx(onnx, window, papagei.input),
    ];
    for (const [name, { data }] of Object.entries(plain))
      expect(largestDifference(optimized[name]!.data, data), name).toBeLessThan(1e-3);
  });

  it("ends in logits where asked", async () => {
    const { logits } = await run(upperHalf(papagei, 11, SEED, 3), [1, 128, 235]);
    expect(logits!.shape).toEqual([1, 3]);
    expectAlive(logits!, 50);
  });
});

describe("HuBERT-ECG small", () => {
  it("has the published number of parameters", () => {
    expect(published(hubertEcg())).toBe(30_209_664);
  });

  it("makes 93 tokens of 512 out of 60 s, cut or whole", async () => {
    const { block_7 } = await expectCuttable(hubertEcg(), 1);
    expect(block_7!.shape).toEqual([1, 93, 512]);
  });
});

describe("LaBraM-base", () => {
  it("has the published number of parameters", () => {
    expect(published(labram({ electrodes: 6, seconds: 3 }))).toBe(5_819_936);
  });

  it("makes 19 tokens of 200 out of 3 s of 6 electrodes, cut or whole", async () => {
    const { block_11 } = await expectCuttable(labram({ electrodes: 6, seconds: 3 }), 6);
    expect(block_11!.shape).toEqual([1, 19, 200]);
  });

  it("makes 181 tokens out of 30 s", async () => {
    const { last_block } = await run(upperHalf(labram({ electrodes: 6, seconds: 30 }), 2, SEED), [1, 181, 200]);
    expect(last_block!.shape).toEqual([1, 181, 200]);
  });
});

describe("NormWear", () => {
  it("has the published number of parameters", () => {
    // Two blocks in full: all pairs are alike, and twelve blocks would take half a gigabyte.
    const pair = normwear({ depth: 2 });
    expect(published(pair) + 5 * upperHalf(pair, 0, SEED).parameters).toBe(136_115_400);
  });

  it("of two blocks makes 560 tokens of 768 for each signal, cut or whole", async () => {
    const { block_1 } = await expectCuttable(normwear({ depth: 2 }), 0);
    expect(block_1!.shape).toEqual([3, 560, 768]);
  });
});

describe("halves with an open batch", () => {
  it.each([
    ["PaPaGei-S", papagei, 4],
    ["HuBERT-ECG small", hubertEcg(), 1],
    ["LaBraM-base", labram({ electrodes: 6, seconds: 3 }), 6],
    ["NormWear", normwear({ depth: 2 }), 0],
  ])("of %s give several windows the answers that each gets alone", async (_, model, m) => {
    const twice = ([first = 1, ...rest]: readonly number[]): number[] => [2 * first, ...rest];
    const expectSame = async (alone: Part, open: Part, shape: readonly number[], output: string): Promise<void> => {
      const windows = noise(twice(shape));
      const together = (await runOnnx(open.onnx, windows, twice(shape)))[output]!;
      const size = product(shape);
      const each = [windows.subarray(0, size), windows.subarray(size)].map((window) =>
        runOnnx(alone.onnx, window.slice(), shape),
      );
      const [first, second] = (await Promise.all(each)).map((result) => result[output]!);
      expect(together.shape).toEqual(twice(first!.shape));
      const expected = new Float32Array(together.data.length);
      expected.set(first!.data);
      expected.set(second!.data, first!.data.length);
      expect(largestDifference(together.data, expected)).toBeLessThan(1e-3);
      expect(largestDifference(first!.data, second!.data)).toBeGreaterThan(0.1);
    };
    await expectSame(lowerHalf(model, m, SEED), lowerHalf(model, m, SEED, true), model.input, "features");
    const last = model.blocks - 1;
    const [alone, open] = [upperHalf(model, last, SEED), upperHalf(model, last, SEED, undefined, true)];
    await expectSame(alone, open, model.shape(last - 1), "last_block");
  });
});

describe("a half", () => {
  it("is another for another seed and the same for the same", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => lowerHalf(papagei, 0, seed).onnx);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it("is not made of a block that does not exist", () => {
    expect(() => lowerHalf(papagei, 18, SEED)).toThrow("Expected m to be a block of PaPaGei-S from 0 to 17");
    expect(() => upperHalf(hubertEcg(), -1, SEED)).toThrow("Expected l to be a block of HuBERT-ECG small from 0 to 7");
  });
});
