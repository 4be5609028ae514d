/** `biox select`: positions of a bridge, chosen from pairs without labels. */

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { openPairs, type Selection, type SelectOptions, selectionSvg, selectPositions } from "biox-edge/align";
import { afterAll, describe, expect, it } from "vitest";
import "../src/engine/no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { linearCka, type PooledFeatures } from "../src/align/select/cka.js";
import { crossValidate } from "../src/align/select/cross-validate.js";
import { stratifiedFolds } from "../src/align/select/folds.js";
import { type TensorToWrite, writeSafetensors } from "../src/bundle/index.js";
import { inferShapes, readModel, withOutputs, writeModel } from "../src/onnx/index.js";
import { StringStringEntryProtoSchema, TensorProto_DataLocation } from "../src/onnx/onnx-ml_pb.js";
import { biox } from "./support/biox.js";
import {
  BLOCKS,
  CHANNELS,
  headWeights,
  newModel,
  oldModel,
  pairTensors,
  SAMPLES,
  TOKENS,
  WIDTH,
} from "./support/pair-models.js";

const folder = mkdtempSync(join(tmpdir(), "biox-select-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const ROWS = 90;
const TRAIN = 10;
const PAIRS = ROWS - TRAIN;
const FROM = ["block_0", "block_1", "block_2"];
const TO = ["embedded", "entered_1", "entered_2"];
const tensors = pairTensors(ROWS, TRAIN);
const metadata = { splits: '["train","pair"]' };
writeFileSync(at("new.onnx"), newModel());
writeFileSync(at("old.onnx"), oldModel());
writeFileSync(at("old-body.onnx"), oldModel(false));
writeFileSync(at("pairs.safetensors"), writeSafetensors(tensors, metadata));
const sides = { newTensor: "signal", oldTensor: "tokens" };

function args(more: Record<string, string> = {}): string[] {
  const all = {
    new: at("new.onnx"),
    old: at("old.onnx"),
    pairs: at("pairs.safetensors"),
    "new-tensor": "signal",
    "old-tensor": "tokens",
    out: at("selection.json"),
    ...more,
  };
  return ["select", ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])];
}

async function select(options: SelectOptions = {}, more: Record<string, TensorToWrite> = {}, old = "old.onnx") {
  writeFileSync(at("own.safetensors"), writeSafetensors({ ...tensors, ...more }, metadata));
  const pairs = await openPairs(at("own.safetensors"), sides);
  try {
    return await selectPositions(at("new.onnx"), at(old), pairs, options);
  } finally {
    pairs.close();
  }
}

/** What ONNX Runtime gives for every pair, each tensor averaged over time in float64. */
async function pooled(onnx: Uint8Array, names: string[], window: (row: number) => Tensor, channelsAt: 1 | 2) {
  const session = await InferenceSession.create(writeModel(withOutputs(await inferShapes(readModel(onnx)), names)));
  const features = names.map((): number[] => []);
  const classes: number[] = [];
  for (let row = TRAIN; row < ROWS; row++) {
    const results = await session.run({ [session.inputNames[0]!]: window(row) });
    for (const [k, name] of names.entries()) {
      const { data, dims } = results[name]!;
      const [channels, time] = [dims[channelsAt]!, dims[3 - channelsAt]!];
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let t = 0; t < time; t++)
          sum += (data as Float32Array)[channelsAt === 1 ? c * time + t : t * channels + c]!;
        features[k]!.push(sum / time);
      }
    }
    const logits = results.logits?.data as Float32Array | undefined;
    if (logits) classes.push(logits[1]! > logits[0]! ? 1 : 0);
  }
  await session.release();
  const columns = channelsAt === 1 ? CHANNELS : WIDTH;
  return {
    features: features.map((values): PooledFeatures => ({ columns, values: Float32Array.from(values) })),
    classes,
  };
}

const signals = tensors.signal!.data as Float32Array;
const tokens = tensors.tokens!.data as Int32Array;
const fresh = await pooled(
  newModel(),
  FROM,
  (row) => new Tensor("float32", signals.slice(row * SAMPLES, (row + 1) * SAMPLES), [1, 1, SAMPLES]),
  1,
);
const known = await pooled(
  oldModel(),
  TO,
  (row) => new Tensor("int64", BigInt64Array.from(tokens.slice(row * TOKENS, (row + 1) * TOKENS), BigInt), [1, TOKENS]),
  2,
);
const labels = Int32Array.from(known.classes);

/** Scores from those features, by the parts that are tested against scikit-learn. */
function expectScores(selection: Selection, folds: Int32Array): void {
  const cka = linearCka(fresh.features, known.features, PAIRS);
  for (let m = 0; m < BLOCKS; m++) {
    const of = crossValidate(fresh.features[m]!, labels, folds);
    for (const [fold, score] of of.entries()) expect(selection.scores.new[m]!.folds[fold]).toBeCloseTo(score, 9);
    expect(selection.scores.new[m]!.macroF1).toBeCloseTo(of.reduce((a, b) => a + b) / of.length, 9);
    for (let l = 0; l < BLOCKS; l++) expect(selection.scores.cka[m]![l]).toBeCloseTo(cka[m]![l]!, 5);
  }
}

describe("positions", () => {
  it("are found among the borders of blocks, in both layouts, by pairs only", async () => {
    const { code, lines, stderr, stdout } = await biox([...args({ svg: at("selection.svg") }), "--json"]);
    expect([code, stderr]).toEqual([0, ""]);
    const selection = lines[0] as Selection;
    expect(selection).toMatchObject({ type: "selection" });
    const { type: _, ...written } = JSON.parse(stdout);
    expect(JSON.parse(readFileSync(at("selection.json"), "utf8"))).toEqual(written);
    expect(selection.scores.new.map(({ tensor, index }) => [tensor, index])).toEqual(FROM.map((name, k) => [name, k]));
    expect(selection.scores.old.map(({ tensor, index }) => [tensor, index])).toEqual(TO.map((name, k) => [name, k]));
    expectScores(selection, stratifiedFolds(labels, 5));
    const counts = [0, 1].map((k) => labels.filter((label) => label === k).length);
    expect(selection.scores.pseudoLabels).toEqual(counts);
    expect(Math.min(...counts)).toBeGreaterThan(10);
    const f1 = selection.scores.new.map(({ macroF1 }) => macroF1);
    const best = f1.indexOf(Math.max(...f1));
    expect(selection.new).toMatchObject({ file: at("new.onnx"), tensor: FROM[best], index: best });
    expect(selection.new.sha256).toBe(createHash("sha256").update(newModel()).digest("hex"));
    const row = selection.scores.cka[best]! as number[];
    const target = row.indexOf(Math.max(...row));
    expect(selection.old).toMatchObject({ tensor: TO[target], index: target });
    expect(selection.scores.old.map(({ cka }) => cka)).toEqual(row);
    expect(selection.pairs).toMatchObject({ split: "pair", windows: PAIRS, folds: "stratified", seed: null });
    const svg = readFileSync(at("selection.svg"), "utf8");
    expect(svg).toBe(selectionSvg(selection));
    expect(svg.match(/<rect/g)).toHaveLength(1 + BLOCKS + BLOCKS * BLOCKS);
    expect(svg).toContain(`chosen: out of block ${best} (${FROM[best]}), into block ${target} (${TO[target]})`);
  });

  it("are told in words, too", async () => {
    const { code, stdout } = await biox(args({ "new-at": "block_1", "old-at": "entered_2, entered_1" }));
    expect(code).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines[0]).toBe("new model, macro-F1 of its blocks' outputs (80 windows)");
    expect(lines[1]).toMatch(/^ {2}block 1 {2}[01]\.\d{3} {2}block_1 {2}<- chosen$/);
    expect(lines.slice(3, 5).map((line) => line.replace(/ {2}<- chosen/, "").replace(/\d\.\d+/, "S"))).toEqual([
      "  block 2  S  entered_2",
      "  block 1  S  entered_1",
    ]);
    expect(lines[5]).toBe(`Written to ${at("selection.json")}.`);
  });

  it("are the same with the task head in a file of its own", async () => {
    const { weight, bias } = headWeights();
    const head = { weight: { shape: [2, WIDTH], data: weight }, bias: { shape: [2], data: bias } };
    writeFileSync(at("probe.safetensors"), writeSafetensors(head));
    const { code, lines } = await biox([
      ...args({ old: at("old-body.onnx"), probe: at("probe.safetensors") }),
      "--json",
    ]);
    expect(code).toBe(0);
    expectScores(lines[0], stratifiedFolds(labels, 5));
  });

  it("are the same where a model keeps weights in another file", async () => {
    const model = readModel(oldModel());
    const table = model.graph!.initializer.find(({ name }) => name === "embedding")!;
    writeFileSync(at("weights.bin"), table.rawData);
    table.rawData = new Uint8Array(0);
    table.dataLocation = TensorProto_DataLocation.EXTERNAL;
    table.externalData = [create(StringStringEntryProtoSchema, { key: "location", value: "weights.bin" })];
    writeFileSync(at("outside.onnx"), writeModel(model));
    expectScores(await select({}, {}, "outside.onnx"), stratifiedFolds(labels, 5));
  });

  it("use the folds of the pairs, or as many as are asked for", async () => {
    const folds = Int32Array.from({ length: ROWS }, (_, row) => (row < TRAIN ? -1 : row % 3));
    const given = await select({}, { fold: { shape: [ROWS], data: folds } });
    expect(given.pairs.folds).toBe("given");
    expectScores(given, folds.slice(TRAIN));
    const shuffled = await select({ folds: 4, seed: 9 });
    expect(shuffled.pairs).toMatchObject({ folds: "stratified", seed: 9 });
    expectScores(shuffled, stratifiedFolds(labels, 4, 9));
  });

  it("tell how far they are, and end when they are asked to", async () => {
    const told: string[] = [];
    await select({ onProgress: (what, done, total) => told.push(`${what} ${done}/${total}`) });
    expect(told).toHaveLength(2 * PAIRS + BLOCKS);
    expect(told.at(-1)).toBe("scores 3/3");
    const control = new AbortController();
    const onProgress = () => control.abort(new Error("enough"));
    await expect(select({ onProgress, signal: control.signal })).rejects.toThrow("enough");
  });
});

describe("what cannot be chosen from is refused", () => {
  const failing = async (more: Record<string, string>) => {
    const { code, stderr } = await biox(args(more));
    return { code, first: stderr.split("\n")[0] };
  };

  it("a tensor that does not carry everything", async () => {
    const { code, first } = await failing({ "new-at": "blocks.0/conv" });
    expect(code).toBe(1);
    expect(first).toContain("Expected --new-at to be places of");
    expect(first).toContain("but received 'blocks.0/conv'");
  });

  it("an old model without scores", async () => {
    const { first } = await failing({ old: at("old-body.onnx") });
    expect(first).toContain("old-body.onnx: 'last' is [1, 10, 6], which is no list of class scores");
  });

  it("windows of the other model", async () => {
    const { first } = await failing({ "new-tensor": "tokens", "old-tensor": "signal" });
    expect(first).toContain("old.onnx takes int64 [1, 10] at 'tokens', but 'signal' has windows of float32 [1, 24]");
  });

  it("a split that is empty", async () => {
    const { first } = await failing({ splits: "val=0,test=1" });
    expect(first).toContain("Expected windows of the split 'pair', 5 or more, but there are 0");
  });

  it("a place to write that is none, before any work", async () => {
    const { first } = await failing({ out: at("nowhere/selection.json") });
    expect(first).toContain("cannot be written: its folder does not exist");
  });

  it("pairs of which all have the same answer", async () => {
    const same = {
      shape: [ROWS, TOKENS],
      data: new Int32Array(ROWS * TOKENS).map((_, i) => (i % TOKENS === 0 ? 1 : 2)),
    };
    await expect(select({}, { tokens: same })).rejects.toThrow(
      /old\.onnx gives every pair the class \d, so that nothing/,
    );
  });

  it("a window that the model cannot take, by its row", async () => {
    const wrong = tokens.slice();
    wrong[31 * TOKENS] = 999;
    await expect(select({}, { tokens: { shape: [ROWS, TOKENS], data: wrong } })).rejects.toThrow(
      `row 31 of ${at("own.safetensors")}: ${at("old.onnx")} failed`,
    );
    const huge = signals.slice();
    // Signs of every pattern: one of them meets a filter's own, and the sum overflows.
    for (let t = 0; t < SAMPLES; t++) huge[42 * SAMPLES + t] = Math.sin(t * t) > 0 ? 3.4e38 : -3.4e38;
    await expect(select({}, { signal: { shape: [ROWS, 1, SAMPLES], data: huge } })).rejects.toThrow(
      `row 42 of ${at("own.safetensors")}: ${at("new.onnx")} gives NaN at element 0 of 'block_0', but a finite number is needed`,
    );
  });

  it("folds that some pairs lack", async () => {
    const folds = Int32Array.from({ length: ROWS }, (_, row) => (row === 50 ? -1 : row % 3));
    await expect(select({}, { fold: { shape: [ROWS], data: folds } })).rejects.toThrow(
      `row 50 of ${at("own.safetensors")}: it has no fold`,
    );
  });
});

const fixture = fileURLToPath(new URL("../../shared/fixture/", import.meta.url));
if (!existsSync(fixture)) console.info("skipped: no ../shared/fixture");
it.runIf(existsSync(fixture))("real models: scores and winner of the fixture, from its files", async () => {
  const golden = JSON.parse(readFileSync(`${fixture}align/selection.json`, "utf8"));
  const pairs = await openPairs(`${fixture}align/windows.safetensors`, {
    newTensor: "tokens_ppg",
    oldTensor: "tokens_ecg",
  });
  // The old model as the other exporter wrote it, whose tensors have no names that say anything.
  const models = [`${fixture}models/ppg_full.onnx`, `${fixture}models/ecg_full_dynamo.onnx`] as const;
  const selection = await selectPositions(...models, pairs);
  pairs.close();
  expect([selection.new.index, selection.new.tensor, selection.old.index]).toEqual([
    golden.best_m,
    "h_7",
    golden.best_l,
  ]);
  expect(selection.scores.pseudoLabels).toEqual(golden.pseudo_counts);
  expect(selection.scores.new).toHaveLength(8);
  for (const [m, score] of selection.scores.new.entries()) {
    expect(Math.abs(score.macroF1 - golden.mean_macro_f1[m])).toBeLessThan(0.01);
    for (let l = 0; l < 8; l++)
      expect(Math.abs(selection.scores.cka[m]![l]! - golden.cka_all_m_by_l[m][l])).toBeLessThan(1e-6);
  }
});
