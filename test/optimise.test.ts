/** Bundles with rewritten graphs, from the command that writes them to live predictions. */

import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { optimiseBundle } from "../src/bench/index.js";
import { wholeModel } from "../src/bench/models/cut.js";
import { hubertEcg } from "../src/bench/models/hubert-ecg.js";
import { product } from "../src/bench/models/net.js";
import { papagei } from "../src/bench/models/papagei.js";
import { infer, loadBundle, quantizeBundle, readSafetensors } from "../src/index.js";
import { optimiseOnnx } from "../src/onnx/optimise/rewrite.js";
import { biox } from "./support/biox.js";
import { expectRefusal } from "./support/failure.js";
import { runOnnx } from "./support/run-onnx.js";

const demo = fileURLToPath(new URL("../bundles/demo", import.meta.url));
const golden = fileURLToPath(new URL("golden/demo-golden.safetensors", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-optimise-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Takes the new graph whatever its time, which on a busy machine says little. */
const ALWAYS = 0;

describe("the demo", () => {
  const out = join(folder, "demo");

  it("is written, whole, and says in bundle.json what was done and how far off it is", async () => {
    const args = ["--min-gain", `${ALWAYS}`, "--windows", golden, "--out", out, "--json"];
    const { code, lines, stderr } = await biox(["bundle", "optimise", demo, ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { lower, upper, fidelity } = lines[0];
    expect(lines[0]).toMatchObject({ type: "optimised", out });
    expect(lower).toMatchObject({ file: "lower.onnx", outcome: "rewritten", operators: 4 });
    expect(lower.ms.ratio).toBeCloseTo(lower.ms.before / lower.ms.after, 6);
    expect(lower.maxRelError).toBeLessThan(1e-5);
    expect(upper).toEqual({ file: "upper.onnx", outcome: "unchanged", operators: 0, ms: null, maxRelError: null });
    expect(fidelity).toMatchObject({ on: "windows", windows: 6, agreement: 1 });
    expect((await biox(["bundle", "verify", out])).code).toBe(0);
    const [before, after] = [await loadBundle(demo), await loadBundle(out)];
    const { files, provenance, ...rest } = before.manifest;
    const sources = { "lower.onnx": files["lower.onnx"]!.sha256 };
    const optimised = { from: rest.name, sources, operators: { "lower.onnx": 4 }, fidelity };
    expect(after.manifest).toMatchObject({ ...rest, provenance: { ...provenance, optimised } });
    expect(Object.keys(after.manifest.files)).toEqual(Object.keys(files));
    expect(Buffer.compare(after.upper, before.upper)).toBe(0);
    expect(Buffer.compare(after.lower, before.lower)).not.toBe(0);
  });

  it("answers as before, at every stage", async () => {
    const file = readSafetensors(golden);
    const [before, after] = [await infer(await loadBundle(demo), file), await infer(await loadBundle(out), file)];
    for (const stage of ["pooled", "hidden", "bridged", "logits", "probs"] as const) {
      const [old, fresh] = [before.tensors[stage].data, after.tensors[stage].data];
      const largest = old.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(fresh.length).toBe(old.length);
      for (const [i, value] of old.entries()) expect(Math.abs(value - fresh[i]!)).toBeLessThan(1e-5 * largest);
    }
  });

  it("runs live", async () => {
    const { lines } = await biox(["run", out, "--from", "sim:?hr=150&duration=30&speed=10&seed=11", "--json"]);
    const predictions = lines.filter(({ type }) => type === "prediction");
    expect(predictions.length + lines.at(-1).skippedHops).toBe(21);
    expect(predictions.filter(({ index }) => index !== 2).length).toBeLessThanOrEqual(2);
  });

  it("is not rewritten twice", async () => {
    const again = join(folder, "again");
    await expectRefusal(() => optimiseBundle(out, again), "INVALID_ARGUMENT", "to rewrite");
    expect(existsSync(again)).toBe(false);
  });

  it("stays as it is where that is not fast enough", async () => {
    const before = readdirSync(folder).sort();
    const { code, stdout, stderr } = await biox([
      "bundle",
      "optimise",
      demo,
      "--min-gain",
      "1000",
      "--out",
      join(folder, "slow"),
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/becomes faster on this machine: lower\.onnx would be [\d.]+ times as fast\.\n.*--min-gain/);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it("is compared on noise where there are no windows, and reported in words", async () => {
    const { code, stdout } = await biox([
      "bundle",
      "optimise",
      demo,
      "--min-gain",
      `${ALWAYS}`,
      "--out",
      join(folder, "noise"),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^lower half {2}4 operators rewritten; [\d.]+ ms -> [\d.]+ ms here, [\d.]+ times as fast\nupper half {2}as it was: nothing to rewrite\nfidelity {4}16 of 16 windows of noise keep their label; /,
    );
    const { manifest } = await loadBundle(join(folder, "noise"));
    expect(manifest.provenance.optimised).toMatchObject({ fidelity: { on: "noise", windows: 16 } });
  });
});

describe("int8 and a rewritten graph go together", () => {
  const [int8, fast] = [join(folder, "int8"), join(folder, "demo")];
  const delta = async (one: string, other: string): Promise<number> => {
    const file = readSafetensors(golden);
    const [p, q] = [await infer(await loadBundle(one), file), await infer(await loadBundle(other), file)];
    return p.tensors.probs.data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - q.tensors.probs.data[i]!)),
      0,
    );
  };

  it.each([
    ["one then the other", int8, "int8-fast"],
    ["the other then the one", fast, "fast-int8"],
  ])("%s", async (_, from, name) => {
    const out = join(folder, name);
    if (from === int8) await quantizeBundle(demo, int8, { precision: "int8", force: true });
    if (from === int8) await optimiseBundle(int8, out, { minGain: ALWAYS });
    else await quantizeBundle(fast, out, { precision: "int8", force: true });
    const { provenance } = (await loadBundle(out)).manifest;
    expect(Object.keys(provenance)).toEqual(expect.arrayContaining(["optimised", "quantized"]));
    // An activation at the border of two integers may fall to the other side.
    expect(await delta(int8, out)).toBeLessThan(0.02);
  });
});

it("refuses a gain that is none", async () => {
  const out = join(folder, "refused");
  for (const minGain of [-1, Number.NaN, Number.POSITIVE_INFINITY, "2" as never])
    await expectRefusal(() => optimiseBundle(demo, out, { minGain }), "INVALID_ARGUMENT", "minGain");
  const { code, stderr } = await biox(["bundle", "optimise", demo, "--out", out, "--min-gain", "fast"]);
  expect(code).not.toBe(0);
  expect(stderr).toContain("--min-gain");
  expect(existsSync(out)).toBe(false);
});

it("ends where its signal says so, and leaves nothing behind", async () => {
  const abort = new AbortController();
  const out = join(folder, "aborted");
  const work = optimiseBundle(demo, out, { minGain: ALWAYS, signal: abort.signal, onProgress: () => abort.abort() });
  await expect(work).rejects.toThrow(/abort/);
  expect(readdirSync(folder).filter((name) => name.includes("aborted"))).toEqual([]);
});

it.each([
  ["PaPaGei-S", papagei],
  ["HuBERT-ECG small", hubertEcg(1000)],
] as const)("%s computes the same as before in ONNX Runtime", async (_, model) => {
  const { onnx } = wholeModel(model, 1);
  const { onnx: fast, operators } = optimiseOnnx(onnx, "model");
  expect(operators).toBeGreaterThan(5);
  const signal = Float32Array.from({ length: product(model.input) }, (_, i) => Math.sin(i / 9) + Math.sin(i * i));
  const [before, after] = [await runOnnx(onnx, signal, model.input), await runOnnx(fast, signal, model.input)];
  const [[name, old]] = Object.entries(before) as [[string, (typeof before)[string]]];
  const fresh = after[name]!;
  expect(fresh.shape).toEqual(old.shape);
  const largest = old.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(0);
  for (const [i, value] of old.data.entries()) expect(Math.abs(value - fresh.data[i]!)).toBeLessThan(1e-5 * largest);
});
