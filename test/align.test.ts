/** Training a bridge between two models: from whole models and pairs to weights. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors } from "biox-edge";
import { align, openPairs } from "biox-edge/align";
import { afterAll, describe, expect, it } from "vitest";
import { writeAlignFiles } from "./support/align-models.js";
import { Biox, biox } from "./support/biox.js";

const folder = mkdtempSync(join(tmpdir(), "biox-align-"));
afterAll(() => rmSync(folder, { recursive: true }));
const files = writeAlignFiles(folder);
const command = (out: string, ...more: string[]): string[] => [
  ...["align", "--new", files.newModel, "--old", files.oldModel, "--new-at", "h_1", "--old-at", "h_1", "--last", "h_3"],
  ...["--pairs", files.pairs, "--rank", "3", "--prototypes", "5", "--batch", "4", "--json", "--out", join(folder, out)],
  ...more,
];
const read = (out: string, file: string): Buffer => readFileSync(join(folder, out, file));

describe("biox align", () => {
  it.each(["last", "bridge"])("makes the loss at the %s smaller and writes all that it promises", async (lossAt) => {
    const { code, lines, stderr } = await biox(
      command(lossAt, "--loss-at", lossAt, "--start", "random", "--epochs", "25", "--lr", "0.01", "--score-every", "1"),
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const [result] = lines;
    expect(result).toMatchObject({
      type: "aligned",
      shape: { channelsIn: 6, rank: 3, prototypes: 5, tokens: 8, width: 6 },
    });
    const { epochs } = result;
    // B begins as zeros: the cosine of nothing is 0.
    expect(epochs[0].bridgeLoss).toBe(1);
    expect(result.judgement.valLoss).toBeLessThan(0.5 * epochs[0].valLoss);
    expect(result.judgement.valLoss).toBe(Math.min(...epochs.map((epoch: { valLoss: number }) => epoch.valLoss)));
    // Three classes; what is made small at the bridge's output need not be what the task looks at.
    if (lossAt === "last") expect(result.judgement.agreement).toBeGreaterThan(0.5);
    expect(result.judgement.balancedAccuracy).toBeGreaterThan(0);
    const { tensors } = readSafetensors(join(folder, lossAt, "bridge.safetensors"));
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ["A", [3, 6]],
      ["B", [40, 3]],
      ["prototypes", [6, 5]],
    ]);
    const report = JSON.parse(read(lossAt, "training.json").toString());
    expect(report.stepLoss.length).toBe(10 * (epochs.length - 1));
    expect(report.settings).toMatchObject({ lossAt, batch: 4, rate: 0.01, seed: 0 });
    expect(report.pairs[0].sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(read(lossAt, "curve.svg").toString()).toMatch(/^<svg [\s\S]*class="val"[\s\S]*<\/svg>\n$/);
  });

  it("gives the same bits for a seed, and others for another", async () => {
    const weights = [];
    for (const [out, seed] of [
      ["s1", "1"],
      ["s1again", "1"],
      ["s2", "2"],
    ] as const) {
      expect((await biox(command(out, "--seed", seed, "--epochs", "2", "--start", "rows"))).code).toBe(0);
      weights.push(read(out, "bridge.safetensors"));
    }
    expect(weights[1]!.equals(weights[0]!)).toBe(true);
    expect(weights[2]!.equals(weights[0]!)).toBe(false);
  });

  it("goes on after kill -9 within an epoch as if nothing had happened", async () => {
    const long = [
      "--epochs",
      "150",
      "--patience",
      "0",
      "--checkpoint-every",
      "3",
      "--start",
      "random",
      "--keep",
      "last",
    ];
    const whole = await biox(command("whole", ...long));
    expect(whole.code).toBe(0);
    const cut = new Biox(command("killed", ...long));
    const at = join(folder, "killed", "checkpoint.safetensors");
    let ended = false;
    void cut.finished.then(() => {
      ended = true;
    });
    for (;;) {
      expect(ended, "the training ended before it was killed").toBe(false);
      const state = existsSync(at) ? JSON.parse(readSafetensors(at).metadata.state!) : { step: 0 };
      if (state.step > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await cut.stop("SIGKILL");
    const left = JSON.parse(readSafetensors(at).metadata.state!);
    expect(left.epoch).toBeLessThan(60);
    const resumed = await biox(command("killed", ...long, "--resume"));
    expect(resumed.stderr).toBe("");
    expect(read("killed", "bridge.safetensors").equals(read("whole", "bridge.safetensors"))).toBe(true);
    const losses = (out: string) => JSON.parse(read(out, "training.json").toString()).stepLoss;
    expect(losses("killed")).toEqual(losses("whole"));
    expect(existsSync(join(folder, "killed", "checkpoint.safetensors.part"))).toBe(false);
  });

  it("leaves a checkpoint at Ctrl-C", async () => {
    const running = new Biox(command("stopped", "--epochs", "100000", "--patience", "0"));
    const at = join(folder, "stopped", "checkpoint.safetensors");
    while (!existsSync(at)) await new Promise((resolve) => setTimeout(resolve, 5));
    const { code, stderr } = await running.stop("SIGINT");
    expect([code, stderr]).toEqual([
      130,
      "biox: Stopped. Go on with the same command and --resume, if training had begun.\n",
    ]);
    expect(readSafetensors(at).metadata.key).toMatch(/^[0-9a-f]{64}$/);
    const other = await biox(command("stopped", "--epochs", "7", "--resume"));
    expect(other.stderr).toContain("belongs to a training with other options, models or pairs");
    const anew = await biox(command("stopped", "--epochs", "7"));
    expect(anew.stderr).toContain("is not empty: a training began there");
  });

  it("begins with a least-squares fit that is as good as many epochs, and stops early", async () => {
    const options = [
      "--start",
      "regression",
      "--loss-at",
      "bridge",
      "--epochs",
      "60",
      "--patience",
      "2",
      "--lr",
      "0.05",
    ];
    const fitting = command("fit", ...options);
    const { lines, stderr } = await biox(fitting);
    const [fit] = lines;
    const random = JSON.parse(read("bridge", "training.json").toString());
    expect(fit.ridge).toBeGreaterThan(0);
    const again = await biox([...fitting, "--resume"]);
    expect(again.lines[0].ridge).toBe(fit.ridge);
    expect(fit.epochs[0].valLoss).toBeLessThan(random.epochs[5].valLoss);
    expect(fit.epochs.length).toBeLessThan(61);
    expect(fit.epochs.length - 1).toBe(fit.epoch + 2);
    expect(stderr).toMatch(/Stopped after epoch \d+: no better validation loss for 2 epochs/);
  });

  it("goes on from a bridge that there is", async () => {
    await biox(command("first", "--epochs", "4"));
    const from = join(folder, "first", "bridge.safetensors");
    const { lines, code } = await biox(command("further", "--from", from, "--epochs", "1"));
    expect(code).toBe(0);
    const first = JSON.parse(read("first", "training.json").toString());
    expect(lines[0].epochs[0].valLoss).toBe(first.result.judgement.valLoss);
    const { settings } = JSON.parse(read("further", "training.json").toString());
    expect(settings.from).toBe(createHash("sha256").update(readFileSync(from)).digest("hex"));
    // Begun from other weights, it is another training.
    const other = await biox(command("further", "--epochs", "1", "--resume"));
    expect(other.stderr).toContain("belongs to a training with other options, models or pairs");
  });

  it("takes the pairs in an order that is given", async () => {
    const pairs = await openPairs(files.pairs);
    const weights = [];
    for (const [out, turn] of [
      ["order", 0],
      ["again", 0],
      ["turned", 1],
    ] as const) {
      await align({
        ...{ newModel: files.newModel, oldModel: files.oldModel, newAt: "h_1", oldAt: "h_1", last: "h_3" },
        ...{ pairs, out: join(folder, out), rank: 3, prototypes: 5, batch: 4, epochs: 1, bStd: 0.01, keep: "last" },
        order: (_, count) => Int32Array.from({ length: count }, (_, i) => (i + turn) % count),
      });
      weights.push(read(out, "bridge.safetensors"));
    }
    expect(weights[1]!.equals(weights[0]!)).toBe(true);
    expect(weights[2]!.equals(weights[0]!)).toBe(false);
    const twice = align({
      ...{ newModel: files.newModel, oldModel: files.oldModel, newAt: "h_1", oldAt: "h_1", last: "h_3" },
      ...{ pairs, out: join(folder, "twice"), rank: 3, prototypes: 5, order: (_, count) => new Int32Array(count) },
    });
    await expect(twice).rejects.toThrow("Expected order to be all numbers from 0 to 42, once each");
    pairs.close();
  });

  it("takes prototypes from clusters of real tokens", async () => {
    const { lines } = await biox(command("kmeans", "--start", "kmeans", "--b-std", "0.001", "--epochs", "1"));
    expect(lines[0].epochs[0].bridgeLoss).not.toBe(1);
  });

  it("takes positions from a selection", async () => {
    const { stderr } = await biox([
      "align",
      "--new",
      files.newModel,
      "--old",
      files.oldModel,
      "--pairs",
      files.pairs,
      "--out",
      join(folder, "none"),
      "--selection",
      files.pairs,
    ]);
    expect(stderr).toContain("is no selection of 'biox select'");
    const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
    const chosen = (name: string, old: string): string => {
      const path = join(folder, name);
      const side = (tensor: string, model: string) => ({ tensor, sha256: sha256(model) });
      writeFileSync(path, JSON.stringify({ new: side("h_1", files.newModel), old: side("h_1", old) }));
      return path;
    };
    const from = (name: string, old: string): string[] => [
      ...["align", "--new", files.newModel, "--old", files.oldModel, "--pairs", files.pairs, "--last", "h_3"],
      ...["--selection", chosen(`${name}.json`, old), "--epochs", "1", "--json", "--out", join(folder, name)],
      ...["--rank", "3", "--prototypes", "5"],
    ];
    expect((await biox(from("chosen", files.oldModel))).stderr).toBe("");
    const other = await biox(from("misled", files.newModel));
    expect(other.stderr).toMatch(/^biox: Expected --old to be the model for which '.*misled.json' chose 'h_1'/);
  });
});

describe("what cannot be trained", () => {
  it.each([
    [["--new-at", "h_9"], /Expected newAt to be a tensor of .*new.onnx/],
    [["--last", "h_9"], /Expected last to be a tensor of .*old.onnx/],
    [["--rank", "7"], /Expected rank to be at most 6, the channels of the new model's tensor, but received 7/],
    [["--old-layout", "raw"], /Expected width to be given/],
    [
      ["--lr", "1e6", "--start", "random", "--epochs", "40", "--loss", "mse"],
      /Training has diverged: the loss of step \d+|gives (NaN|-?Infinity) at element/,
    ],
    [["--new-tensor", "old_one"], /there is no tensor 'old_one'/],
    [["--splits", "pair=1,val"], /Expected names and numbers/],
    [["--resume"], /has no checkpoint to resume/],
    [["--from", files.pairs], /is no bridge to begin with: 'A' is missing, but F32 \[3, 6\] is needed/],
    [["--from", join(folder, "nowhere.safetensors")], /nowhere.safetensors/],
  ])("is refused in a sentence: %j", async (options, message) => {
    const out = `refused-${options.join("").replaceAll("/", "-")}`;
    const { code, stderr } = await biox(command(out, ...options));
    expect(code).toBe(1);
    expect(stderr.split("\n")[0]).toMatch(message);
  });

  it("names the row in which a model gives no finite number", async () => {
    const elsewhere = mkdtempSync(join(folder, "wide-"));
    const data = new Float32Array(60 * 48).fill(0.5).map((value, i) => value + (i % 7));
    // Finite, but its square is not.
    data[7 * 48] = 3e38;
    const wide = writeAlignFiles(elsewhere, { old: { shape: [60, 48], data } });
    const pairs = await openPairs(wide.pairs);
    const training = align({
      ...{ newModel: wide.newModel, oldModel: wide.oldModel, newAt: "h_1", oldAt: "h_1", last: "h_3" },
      ...{ pairs, out: join(elsewhere, "out") },
    });
    await expect(training).rejects.toMatchObject({
      code: "MODEL_FAILED",
      message: expect.stringMatching(
        /^row 7 of .*pairs\.safetensors: .*old\.onnx gives (NaN|-?Infinity) at element 0 of 'logits'/,
      ),
    });
    expect(existsSync(join(elsewhere, "out", "bridge.safetensors"))).toBe(false);
    pairs.close();
  });
});
