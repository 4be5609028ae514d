/** Bundles with halves in int8 and float16, from the command that writes them to live predictions. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { TINY } from "../src/bench/synthetic/halves.js";
import { sequence } from "../src/bench/synthetic/sequence.js";
import { infer, loadBundle, quantizeBundle, readSafetensors, writeBundle, writeSafetensors } from "../src/index.js";
import { constant, encodeModel, GraphBuilder, int64 } from "../src/onnx/index.js";
import { biox } from "./support/biox.js";
import { expectRefusal } from "./support/failure.js";
import { sharedPath } from "./support/shared.js";

const demo = fileURLToPath(new URL("../bundles/demo", import.meta.url));
const golden = fileURLToPath(new URL("golden/demo-golden.safetensors", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-quantize-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Largest size that a half may have left, and largest change of a probability. */
const LIMITS = { int8: { share: 0.4, delta: 0.1 }, float16: { share: 0.65, delta: 0.01 } } as const;
const PRECISIONS = ["int8", "float16"] as const;

describe.each(PRECISIONS)("the demo in %s", (precision) => {
  const out = join(folder, `demo-${precision}`);

  it("is written, whole, and says in bundle.json what it is and how far off", async () => {
    const args = ["--precision", precision, "--windows", golden, "--out", out, "--json"];
    const { code, lines, stderr } = await biox(["bundle", "quantize", demo, ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { fidelity, upper, ms } = lines[0];
    expect(lines[0]).toMatchObject({ type: "quantized", out, precision, lower: { kept: [] }, upper: { kept: [] } });
    expect(upper.bytes.after).toBeLessThan(upper.bytes.before * LIMITS[precision].share);
    expect(ms.upper.ratio).toBeCloseTo(ms.upper.before / ms.upper.after, 6);
    expect((await biox(["bundle", "verify", out])).code).toBe(0);
    const [before, after] = [await loadBundle(demo), await loadBundle(out)];
    expect(after.manifest).toMatchObject({
      name: `${before.manifest.name}, ${precision}`,
      labels: before.manifest.labels,
      metrics: { ...before.manifest.metrics, fidelity },
      provenance: {
        ...before.manifest.provenance,
        quantized: {
          precision,
          from: before.manifest.name,
          sources: { "upper.onnx": before.manifest.files["upper.onnx"]!.sha256 },
        },
      },
    });
    expect(Object.keys(after.manifest.files)).toEqual(Object.keys(before.manifest.files));
    expect(after.upper.length).toBe(upper.bytes.after);
  });

  it("answers as the report says", async () => {
    const file = readSafetensors(golden);
    const [before, after] = [await infer(await loadBundle(demo), file), await infer(await loadBundle(out), file)];
    const [p, q] = [before.tensors.probs.data, after.tensors.probs.data];
    const deltas = Array.from(p, (value, i) => Math.abs(value - q[i]!));
    const { fidelity } = (await loadBundle(out)).manifest.metrics as { fidelity: Record<string, number> };
    expect(fidelity.windows).toBe(6);
    expect(fidelity.agreement).toBe(1);
    expect(fidelity.maxDeltaP).toBeCloseTo(Math.max(...deltas), 6);
    expect(fidelity.meanDeltaP).toBeCloseTo(deltas.reduce((a, b) => a + b) / deltas.length, 6);
    expect(fidelity.maxDeltaP).toBeGreaterThan(0);
    expect(fidelity.maxDeltaP).toBeLessThan(LIMITS[precision].delta);
  });

  it("runs live", async () => {
    const args = ["run", out, "--from", "sim:?hr=150&duration=30&speed=10&seed=11", "--json"];
    const { lines } = await biox(args);
    const predictions = lines.filter(({ type }) => type === "prediction");
    expect(predictions.length + lines.at(-1).skippedHops).toBe(21);
    expect(predictions.filter(({ index }) => index !== 2).length).toBeLessThanOrEqual(2);
  });

  it("cannot be made so twice", async () => {
    const again = quantizeBundle(out, join(folder, "again"), { precision, force: true });
    await expectRefusal(() => again, "INVALID_ARGUMENT", "nothing to store as", precision);
    expect(existsSync(join(folder, "again"))).toBe(false);
  });
});

/** A bundle of 40 labels that a little rounding confuses: the columns of its last matrix hardly differ. */
async function confusable(name: string): Promise<{ path: string; windows: string }> {
  const path = join(folder, name);
  const labels = Array.from({ length: 40 }, (_, i) => `label ${i}`);
  const { files: _, ...manifest } = await buildTinyBundle(path, { labels });
  const size = TINY.tokens * TINY.width;
  const graph = new GraphBuilder("upper");
  graph.input("tokens", "float32", [1, TINY.tokens, TINY.width]);
  graph.initializer("flat", int64([1, size]));
  const base = sequence(size, 1);
  const weight = sequence(size * 40, 2, 1e-3).map((value, i) => value + base[Math.floor(i / 40)]!);
  graph.initializer("weight", constant(weight, [size, 40]));
  graph.node("MatMul", [graph.node("Reshape", ["tokens", "flat"]), "weight"], { outputs: ["logits"] });
  graph.output("logits", "float32", [1, 40]);
  const files: Record<string, Uint8Array> = { "upper.onnx": encodeModel(graph) };
  for (const file of ["lower.onnx", "bridge.safetensors"]) files[file] = readFileSync(join(path, file));
  await writeBundle(path, { manifest, files });
  const windows = join(folder, `${name}.safetensors`);
  const signal = { shape: [20, 1, 200], data: sequence(20 * 200, 5) };
  writeFileSync(windows, writeSafetensors({ signal }));
  return { path, windows };
}

describe("a bundle that int8 would change too much", () => {
  it("is refused and nothing is left behind; --min-agreement and --force allow it", async () => {
    const { path, windows } = await confusable("confusable");
    const out = join(folder, "confused");
    const args = ["bundle", "quantize", path, "--precision", "int8", "--windows", windows, "--out", out];
    const before = readdirSync(folder).sort();
    const refused = await biox(args);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toBe("");
    expect(refused.stderr).toMatch(
      /^biox: With halves in int8, \d+ of 20 windows get another label: [\d.]+ % agree, but at least 99 % were asked for\.\n {6}Nothing was written; try float16/,
    );
    expect(readdirSync(folder).sort()).toEqual(before);
    expect((await biox([...args, "--min-agreement", "0"])).code).toBe(0);
    rmSync(out, { recursive: true });
    const forced = await biox([...args, "--force", "--json"]);
    expect(forced.code).toBe(0);
    expect(forced.lines[0].fidelity.agreement).toBeLessThan(0.99);
    const { metrics } = (await loadBundle(out)).manifest;
    expect(metrics.fidelity).toEqual(forced.lines[0].fidelity);
  });
});

describe("quantize refuses", () => {
  it("to go without windows unless it is forced, and then says so", async () => {
    const out = join(folder, "blind");
    const args = ["bundle", "quantize", demo, "--precision", "float16", "--out", out];
    const refused = await biox(args);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("Expected windows to compare the new bundle with the old one on");
    expect(existsSync(out)).toBe(false);
    const forced = await biox([...args, "--force"]);
    expect(forced.code).toBe(0);
    expect(forced.stdout).toContain("fidelity    not measured: no windows were given\n");
    expect((await loadBundle(out)).manifest.metrics.fidelity).toBeNull();
  });

  it("a folder that is not empty, before any work", async () => {
    const args = ["--precision", "int8", "--force", "--out", demo];
    const { code, stderr } = await biox(["bundle", "quantize", demo, ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain("it exists already");
  });

  it("windows that do not fit or are none, shares that are none, and unknown precisions", async () => {
    const out = join(folder, "nothing");
    const none = readSafetensors(writeSafetensors({ signal: { shape: [0, 1, 1000], data: new Float32Array() } }));
    const short = readSafetensors(writeSafetensors({ signal: { shape: [1, 1, 9], data: new Float32Array(9) } }));
    const attempt = (more: object) => () => quantizeBundle(demo, out, { precision: "int8", ...more });
    await expectRefusal(attempt({ windows: none }), "FILE_INVALID", "has no window");
    await expectRefusal(attempt({ windows: short }), "FILE_INVALID", "[1, 1, 9]");
    await expectRefusal(attempt({ force: true, minAgreement: 1.5 }), "INVALID_ARGUMENT", "minAgreement");
    await expectRefusal(attempt({ force: true, precision: "int4" }), "INVALID_ARGUMENT", "'int8' or 'float16'");
    expect(existsSync(out)).toBe(false);
    const { code, stderr } = await biox(["bundle", "quantize", demo, "--precision", "int4", "--out", out]);
    expect(code).toBe(1);
    expect(stderr).toContain("Allowed choices are int8, float16");
  });

  it("a half that is no ONNX model, although its hash is right", async () => {
    const path = join(folder, "broken");
    const { files: _, ...manifest } = await buildTinyBundle(path);
    const files: Record<string, Uint8Array> = {};
    for (const file of ["lower.onnx", "bridge.safetensors", "upper.onnx"]) files[file] = readFileSync(join(path, file));
    files["upper.onnx"] = files["upper.onnx"]!.subarray(0, 500);
    await writeBundle(path, { manifest, files });
    const attempt = () => quantizeBundle(path, join(folder, "n"), { precision: "float16", force: true });
    await expectRefusal(attempt, "ONNX_INVALID", "upper.onnx is not an ONNX file, or is cut short");
  });

  it("ends before the next window when it is told to", async () => {
    const stop = new AbortController();
    const attempt = quantizeBundle(demo, join(folder, "stopped"), {
      precision: "int8",
      windows: readSafetensors(golden),
      signal: stop.signal,
      onProgress: (what) => {
        if (what === "new bundle, window 2 of 6") stop.abort(new Error("enough"));
      },
    });
    await expect(attempt).rejects.toThrow("enough");
    expect(existsSync(join(folder, "stopped"))).toBe(false);
  });
});

const fixture = sharedPath("fixture/bundle");
const fixtureGolden = sharedPath("fixture/golden/golden.safetensors");

describe.runIf(fixture && fixtureGolden).each(PRECISIONS)("the fixture's models in %s", (precision) => {
  it("keep the labels that PyTorch gave", async () => {
    const file = readSafetensors(fixtureGolden!);
    const windows = readSafetensors(writeSafetensors({ input: file.tensors.get("tokens_ppg")! }));
    const out = join(folder, `fixture-${precision}`);
    const report = await quantizeBundle(fixture!, out, { precision, windows, input: "prepared" });
    expect(report.fidelity).toMatchObject({ windows: 16, agreement: 1 });
    expect(report.lower.tensors).toBe(precision === "int8" ? 28 : 30);
    const { tensors } = await infer(await loadBundle(out), windows, { input: "prepared" });
    const expected = file.tensors.get("probs")!;
    let worst = 0;
    for (const [i, value] of tensors.probs.data.entries())
      worst = Math.max(worst, Math.abs(value - Number(expected.data[i])));
    expect(worst).toBeLessThan(LIMITS[precision].delta);
  });
});
