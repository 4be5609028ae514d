/** `biox eval`: a bundle judged on labelled pairs. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadBundle, type TensorToWrite, writeSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { constant, encodeModel, GraphBuilder } from "../src/onnx/index.js";
import { biox } from "./support/biox.js";
import { seeded } from "./support/seeded.js";
import { sharedPath } from "./support/shared.js";

const folder = mkdtempSync(join(tmpdir(), "biox-eval-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const shared = sharedPath("fixture/bundle");

describe.runIf(shared)("the reference pair of models", () => {
  it("gives the scores that PyTorch and scikit-learn gave", async () => {
    const { stdout, code } = await biox([
      ...["eval", shared!, "--old", sharedPath("fixture/models/ecg_full.onnx")!],
      ...["--pairs", sharedPath("fixture/align/windows.safetensors")!],
      ...["--new-tensor", "tokens_ppg", "--old-tensor", "tokens_ecg", "--random-bridges", "1", "--probe", "--json"],
    ]);
    expect(code).toBe(0);
    const golden = JSON.parse(readFileSync(sharedPath("fixture/align/results.json")!, "utf8"));
    const { scores, rows, subjects } = JSON.parse(stdout);
    expect([rows, subjects]).toEqual([145, ["T02", "T07"]]);
    for (const [id, name, tolerance] of [
      ["oracle", "ecg_oracle", 1e-9],
      ["bridge", "bridge:last_randreal", 1e-9],
      // The reference's was trained by gradient descent and stopped somewhere; this one is the optimum.
      ["probe", "ppg_linear_probe_labels", 0.05],
    ] as const) {
      const score = scores.find((entry: { id: string }) => entry.id === id);
      const { balanced_accuracy, macro_f1, confusion } = golden[name].validation;
      expect(Math.abs(score.metrics.balancedAccuracy - balanced_accuracy), name).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(score.metrics.macroF1 - macro_f1), name).toBeLessThanOrEqual(tolerance);
      if (id !== "probe") expect(score.confusion).toEqual(confusion);
      expect(Math.abs(score.agreementWithOracle - golden[name].agreement_with_ecg_model)).toBeLessThanOrEqual(
        tolerance,
      );
      if (id !== "oracle") expect(score.trainableParameters).toBe(golden[name].trainable_parameters);
    }
    const random = scores.find((entry: { id: string }) => entry.id === "random");
    expect(Math.abs(random.metrics.balancedAccuracy - 1 / 3)).toBeLessThan(0.1);
    // Half a minute of one core: on a machine that has little of it to give, many times as long.
  }, 600_000);
});

describe("a bundle and an old model of one layer", () => {
  const demo = fileURLToPath(new URL("../bundles/demo", import.meta.url));
  const ROWS = 24;
  /** The old model's window [3] holds its logits, so that its answer is known. */
  const oldModel = (): Uint8Array => {
    const graph = new GraphBuilder("old");
    const window = graph.input("window", "float32", [1, 3]);
    graph.node("Mul", [window, graph.initializer("two", constant(Float32Array.of(2), [1]))], { outputs: ["logits"] });
    graph.output("logits", "float32", [1, 3]);
    return encodeModel(graph);
  };
  let pairs: Record<string, TensorToWrite>;
  const save = (changes: Record<string, TensorToWrite | undefined> = {}): void => {
    const all = Object.entries({ ...pairs, ...changes }).filter(([, tensor]) => tensor !== undefined);
    const subjects = JSON.stringify(
      Array.from({ length: ROWS }, (_, row) => (row < 8 ? "x<b>" : row < 16 ? "y" : "z")),
    );
    writeFileSync(
      at("pairs.safetensors"),
      writeSafetensors(Object.fromEntries(all) as Record<string, TensorToWrite>, {
        subjects,
        splits: '{"train":0,"val":1}',
      }),
    );
  };
  const run = (...more: string[]): ReturnType<typeof biox> =>
    biox(["eval", demo, "--old", at("old.onnx"), "--pairs", at("pairs.safetensors"), "--random-bridges", "2", ...more]);

  beforeAll(async () => {
    const { prepared } = await loadBundle(demo);
    const random = seeded(5);
    const size = prepared.shape.reduce((a, b) => a * b, 1);
    const label = Int32Array.from({ length: ROWS }, (_, row) => (row < 8 ? 1 : row % 3));
    const old = new Float32Array(ROWS * 3);
    // Right in every row but the last one.
    label.forEach((k, row) => {
      old[row * 3 + (row === ROWS - 1 ? (k + 1) % 3 : k)] = 1;
    });
    pairs = {
      new: {
        shape: [ROWS, ...prepared.shape],
        data: Float32Array.from({ length: ROWS * size }, () => random() * 4 - 2),
      },
      old: { shape: [ROWS, 3], data: old },
      label: { shape: [ROWS], data: label },
      split: { shape: [ROWS], data: Int32Array.from({ length: ROWS }, (_, row) => (row < 8 ? 0 : 1)) },
    };
    writeFileSync(at("old.onnx"), oldModel());
  });

  it("scores every model on the same rows, and writes report, page and card", async () => {
    save();
    const { code, stdout } = await run("--out", at("e.json"), "--html", at("e.html"), "--card", at("e.md"));
    expect(code).toBe(0);
    expect(stdout).toContain("old model, old modality");
    expect(stdout).toContain("Only 2 subjects");
    const report = JSON.parse(readFileSync(at("e.json"), "utf8"));
    expect(report).toMatchObject({ type: "evaluation", split: "val", rows: 16, subjects: ["y", "z"], unlabelled: 0 });
    const byId = Object.fromEntries(report.scores.map((score: { id: string }) => [score.id, score]));
    expect(byId.oracle.metrics.accuracy).toBeCloseTo(15 / 16, 12);
    expect(byId.oracle.bySubject).toMatchObject([
      { subject: "y", rows: 8, accuracy: 1 },
      { subject: "z", rows: 8, accuracy: 7 / 8 },
    ]);
    expect(byId.random.draws).toBe(2);
    // All of subject x<b>, who trains, is class 1.
    expect(byId.majority.name).toBe("always 'active (95 to 130 bpm)'");
    expect(byId.majority.metrics.balancedAccuracy).toBeCloseTo(1 / 3, 12);
    expect(byId.majority.metrics.kappa).toBe(0);
    const html = readFileSync(at("e.html"), "utf8");
    expect(html).not.toMatch(/<script|https?:\/\/|<link/);
    expect(html.match(/<figure>/g)).toHaveLength(4);
    // Names that are too long for a cell are numbered in the matrices, and none is cut off.
    expect(html).toContain("<li>active (95 to 130 bpm)</li>");
    expect(html).toMatch(/<text class="tick"[^>]*><title>active \(95 to 130 bpm\)<\/title>2<\/text>/);
    expect(html).not.toContain("…");
    expect(readFileSync(at("e.md"), "utf8")).toContain(`| always 'active (95 to 130 bpm)' | 0.333`);
  });

  it("gives the same numbers again", async () => {
    save();
    const [first, second] = [await run("--json"), await run("--json")];
    expect(first.stdout).toBe(second.stdout);
    expect((await run("--json", "--seed", "2")).stdout).not.toBe(first.stdout);
  });

  it("leaves rows without a label out, and says so", async () => {
    const label = Int32Array.from(pairs.label!.data as Int32Array, (k, row) => (row === 12 ? -1 : k));
    save({ label: { shape: [ROWS], data: label } });
    expect(JSON.parse((await run("--json")).stdout)).toMatchObject({ rows: 15, unlabelled: 1 });
  });

  it.each([
    ["no labels at all", { label: undefined }, [], "has no labels in split 'val'"],
    ["a split that is not there", {}, ["--split", "test"], "has no rows in split 'test'; it has train, val"],
    [
      "a class that the bundle does not have",
      { label: { shape: [ROWS], data: new Int32Array(ROWS).fill(7) } },
      [],
      "row 8 of",
    ],
    [
      "windows of another size",
      { new: { shape: [ROWS, 5], data: new Float32Array(ROWS * 5) } },
      [],
      "the bundle's lower half takes float32",
    ],
    [
      "old windows of another size",
      { old: { shape: [ROWS, 4], data: new Float32Array(ROWS * 4) } },
      [],
      "takes float32 [1, 3] at 'window', but 'old' has windows of float32 [4]",
    ],
    ["an output that is not there", {}, ["--old-output", "probs"], "has no output 'probs'; it has logits"],
    ["no old model", {}, ["--old", "/nonexistent.onnx"], "/nonexistent.onnx"],
  ] as const)("refuses %s in one sentence", async (_, changes, more, sentence) => {
    save(changes);
    const { code, stdout, stderr } = await run(...more);
    expect(code).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});
