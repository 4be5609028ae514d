/** Gradients and training on two published models: PPG-PT and ECG-PT (../shared/fixture). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors, type TensorToWrite, writeSafetensors } from "biox-edge";
import { align, openPairs } from "biox-edge/align";
import { afterAll, describe, expect, it } from "vitest";
import { lossOf } from "../src/align/train/loss.js";
import { WholeModel } from "../src/align/train/models.js";
import { LastObjective } from "../src/align/train/objective.js";
import { RowsReader, RowsWriter } from "../src/align/train/rows-file.js";
import { BridgeGradient } from "../src/bridge/index.js";
import { TorchRandom } from "../tools/align/torch-random.mjs";
import { sharedPath } from "./support/shared.js";

const fixture = sharedPath("fixture");
const folder = mkdtempSync(join(tmpdir(), "biox-align-fixture-"));
afterAll(() => rmSync(folder, { recursive: true }));
const NAMES = ["A", "B", "prototypes"] as const;
const SPEC = { channelsIn: 64, rank: 8, prototypes: 50, tokens: 500, width: 64, targetLayout: "tokens-first" } as const;
const WINDOWS = 4;

/** What `splits` of the fixture's windows say of those that bridges are trained on. */
const SPLIT_PAIR = 1;

/** Some rows of a tensor of whole numbers. */
function rowsOf({ shape, data }: Pick<TensorToWrite, "shape" | "data">, rows: readonly number[]): TensorToWrite {
  const size = data.length / shape[0]!;
  const parts = rows.flatMap((row) => [...(data as Int32Array).subarray(row * size, (row + 1) * size)]);
  return { shape: [rows.length, ...shape.slice(1)], data: Int32Array.from(parts) };
}

function distance(found: Float32Array, expected: Float64Array): number {
  let [difference, norm] = [0, 0];
  for (const [i, value] of expected.entries()) {
    difference += (found[i]! - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(difference / norm);
}

describe.runIf(fixture !== undefined)("gradients are those of PyTorch in float64", () => {
  it.each([
    ["trained", "bridge", 1e-4],
    ["init", "bridge", 1e-4],
    ["trained", "last", 1e-3],
    ["init", "last", 1e-3],
  ] as const)("%s weights, loss at the %s", async (weightsOf, lossAt, within) => {
    const { tensors } = readSafetensors(join(fixture!, "align/gradients.safetensors"));
    const floats = (name: string): Float32Array => Float32Array.from(tensors.get(name)!.data as Float64Array);
    const truth = (name: string): Float64Array => tensors.get(`${weightsOf}.${lossAt}.${name}`)!.data as Float64Array;
    const weights = {
      A: floats(`${weightsOf}.A`),
      B: floats(`${weightsOf}.B`),
      prototypes: floats(`${weightsOf}.prototypes`),
    };
    const x = floats("x");
    const size = SPEC.tokens * SPEC.width;
    const out = new Float32Array(WINDOWS * size);
    const dOut = new Float32Array(out.length);
    const bridge = new BridgeGradient(SPEC, WINDOWS);
    bridge.forward(weights, x, out, WINDOWS);
    const target = floats(`target_${lossAt}`);
    const part = (all: Float32Array, n: number): Float32Array => all.subarray(n * size, (n + 1) * size);
    let loss = 0;
    if (lossAt === "bridge")
      for (let n = 0; n < WINDOWS; n++)
        loss += lossOf("cosine", part(out, n), part(target, n), part(dOut, n), 1 / WINDOWS) / WINDOWS;
    else {
      const path = join(folder, `${weightsOf}.safetensors`);
      const writer = await RowsWriter.create(path, WINDOWS, { block: size, last: size }, {});
      for (let n = 0; n < WINDOWS; n++) await writer.write("last", n, part(target, n));
      await writer.write("block", WINDOWS - 1, part(target, 0));
      await writer.finish();
      const rows = new RowsReader(path);
      const model = await WholeModel.open(join(fixture!, "models/ecg_full.onnx"), {
        name: "ecg",
        dtype: "int64",
        shape: [500],
        read: () => undefined,
      });
      const ends = { at: "h_6", last: "h_8", loss: "cosine" } as const;
      const objective = await LastObjective.create(model, ends, rows, 1, String);
      loss = await objective.step(Int32Array.of(0, 1, 2, 3), out, dOut);
      await objective.close();
      rows.close();
    }
    expect(Math.abs(loss / truth("loss")[0]! - 1)).toBeLessThan(1e-5);
    const gradients = {
      A: new Float32Array(weights.A.length),
      B: new Float32Array(weights.B.length),
      prototypes: new Float32Array(weights.prototypes.length),
    };
    bridge.backward(weights, x, dOut, gradients);
    for (const name of NAMES) {
      const expected = truth(`d${name}`);
      // With B = 0 those of A and of the prototypes are exactly 0.
      if (expected.every((value) => value === 0)) expect(gradients[name].every((value) => value === 0)).toBe(true);
      else expect(distance(gradients[name], expected), name).toBeLessThan(within);
    }
  });
});

describe.runIf(fixture !== undefined)("training", () => {
  it("takes the steps of the PyTorch reference, from its first weights and in its order", async () => {
    const { tensors } = readSafetensors(join(fixture!, "align/windows.safetensors"));
    const splits = tensors.get("split")!.data as Int32Array;
    const all = [...splits.keys()].filter((row) => splits[row] === SPLIT_PAIR);
    // The windows of its first steps, one behind another: the others cost time and change nothing.
    const [steps, batch] = [8, 16];
    const order = new TorchRandom(0).permutation(all.length).subarray(0, steps * batch);
    const rows = [...order].map((n) => all[n]!);
    const path = join(folder, "steps.safetensors");
    const chosen = ["tokens_ppg", "tokens_ecg"].map((name) => [name, rowsOf(tensors.get(name)!, rows)] as const);
    writeFileSync(path, writeSafetensors(Object.fromEntries(chosen)));
    const random = new TorchRandom(0);
    const bound = 1 / Math.sqrt(SPEC.channelsIn);
    const first = {
      A: { shape: [SPEC.rank, SPEC.channelsIn], data: random.uniform(SPEC.rank * SPEC.channelsIn, -bound, bound) },
      B: {
        shape: [SPEC.prototypes * SPEC.tokens, SPEC.rank],
        data: new Float32Array(SPEC.prototypes * SPEC.tokens * SPEC.rank),
      },
      prototypes: { shape: [SPEC.width, SPEC.prototypes], data: random.normal(SPEC.width * SPEC.prototypes) },
    };
    const from = join(folder, "first.safetensors");
    writeFileSync(from, writeSafetensors(first));
    const pairs = await openPairs(path, { newTensor: "tokens_ppg", oldTensor: "tokens_ecg" });
    const out = join(folder, "steps");
    await align({
      ...{ newModel: join(fixture!, "models/ppg_full.onnx"), oldModel: join(fixture!, "models/ecg_full.onnx") },
      ...{
        newAt: "h_7",
        oldAt: "h_6",
        pairs,
        out,
        from,
        lossAt: "bridge",
        rank: SPEC.rank,
        prototypes: SPEC.prototypes,
      },
      ...{ rate: 3e-3, schedule: "constant", epochs: 1, batch, patience: 0, keep: "last" },
      order: (_, count) => Int32Array.from({ length: count }, (_, i) => i),
    });
    pairs.close();
    const { stepLoss } = JSON.parse(readFileSync(join(out, "training.json"), "utf8"));
    const curves = JSON.parse(readFileSync(join(fixture!, "align/training_curve.json"), "utf8"));
    const reference: number[] = curves.bo_randn_b0.step_loss;
    expect(stepLoss).toHaveLength(steps);
    for (const [step, loss] of stepLoss.entries())
      expect(Math.abs(loss / reference[step]! - 1), `step ${step}`).toBeLessThan(1e-5);
  }, 300_000);

  it("makes the loss of a few real windows smaller, from both starts", async () => {
    const { tensors } = readSafetensors(join(fixture!, "align/windows.safetensors"));
    const splits = tensors.get("split")!.data as Int32Array;
    const rows = [1, 2].flatMap((split) =>
      [...splits.keys()].filter((row) => splits[row] === split).filter((_, i) => i % 24 === 0),
    );
    const few = (name: string): TensorToWrite => rowsOf(tensors.get(name)!, rows);
    const path = join(folder, "few.safetensors");
    const names = ["tokens_ppg", "tokens_ecg", "label", "split"];
    writeFileSync(
      path,
      writeSafetensors(Object.fromEntries(names.map((name) => [name, few(name)])), { splits: '{"pair":1,"val":2}' }),
    );
    const pairs = await openPairs(path, { newTensor: "tokens_ppg", oldTensor: "tokens_ecg", classes: 3 });
    const models = {
      newModel: join(fixture!, "models/ppg_full.onnx"),
      oldModel: join(fixture!, "models/ecg_full.onnx"),
    };
    const run = (start: "random" | "regression") =>
      align({ ...models, newAt: "h_7", oldAt: "h_6", pairs, out: join(folder, start), start, epochs: 2, batch: 5 });
    const [random, fit] = [await run("random"), await run("regression")];
    pairs.close();
    // The last block was found by itself, and so was the task's output.
    expect(random.shape).toEqual({ channelsIn: 64, rank: 8, prototypes: 50, tokens: 500, width: 64 });
    const losses = fit.epochs.map(({ trainLoss }) => trainLoss);
    expect(losses[2]!).toBeLessThan(losses[1]!);
    expect(fit.epochs[0]!.valLoss).toBeLessThan(0.9 * random.epochs[0]!.valLoss!);
    for (const { agreement, balancedAccuracy } of fit.epochs) {
      expect(agreement).toBeGreaterThan(0);
      expect(balancedAccuracy).toBeGreaterThan(0.2);
    }
  }, 300_000);
});
