/** `biox bundle pack` and `biox bundle check`: parts become a bundle that says where it comes from and can be checked anywhere. */

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkBundle, loadBundle, quantizeBundle, readSafetensors, writeSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { biox } from "./support/biox.js";
import { expectStage, STAGES, tensor } from "./support/stages.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-bundle-pack-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const json = (name: string, value: unknown): string => {
  writeFileSync(at(name), JSON.stringify(value));
  return at(name);
};
const readManifest = (bundle: string) => JSON.parse(readFileSync(join(bundle, "bundle.json"), "utf8"));

const { name, task, labels, licence, new: worn, old, window, prepare } = readManifest(join(root, "bundles/demo"));
const description = { name, task, labels, licence, new: worn, old, window, prepare };
const golden = join(root, "test/golden/demo-golden.safetensors");
/** Arguments that name the parts of a bundle in a folder. */
const parts = (bundle: string, ...names: string[]): string[] =>
  names.flatMap((part) => [`--${part}`, join(bundle, part + (/er$/.test(part) ? ".onnx" : ".safetensors"))]);
const demo = parts(join(root, "bundles/demo"), "lower", "bridge", "upper", "probe");

describe("biox bundle pack", () => {
  const out = at("packed");

  beforeAll(async () => {
    const reports = ["selection", "training", "evaluation"].flatMap((report) => [
      `--${report}`,
      json(`${report}.json`, { of: report, ...(report === "training" && { stepLoss: [1, 0.5] }) }),
    ]);
    const more = ["--windows", golden, "--golden-windows", "3", "--source", golden, "--add", join(root, "LICENSE")];
    const file = json("description.json", { ...description, provenance: { data: "none", seed: 20 } });
    const { code, stderr, stdout } = await biox(["bundle", "pack", file, ...demo, ...reports, ...more, "--out", out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("3 golden windows");
  });

  it("finds in the parts what the description leaves out", () => {
    const { lower, bridge, upper, probe } = readManifest(join(root, "bundles/demo"));
    expect(readManifest(out)).toMatchObject({ ...description, lower, bridge, upper, probe });
    expect(readdirSync(out).sort()).toEqual([
      "LICENSE",
      "bridge.safetensors",
      "bundle.json",
      "golden.safetensors",
      "lower.onnx",
      "probe.safetensors",
      "upper.onnx",
    ]);
  });

  it("says where the parts come from", () => {
    const { provenance, metrics } = readManifest(out);
    const bytes = readFileSync(golden);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(provenance).toEqual({
      made_by: expect.stringMatching(/^biox-edge \d/),
      data: "none",
      seed: 20,
      sources: [{ file: "demo-golden.safetensors", sha256, bytes: bytes.length }],
      selection: { of: "selection" },
      training: { of: "training" },
    });
    expect(metrics).toEqual({ evaluation: { of: "evaluation" } });
  });

  it("keeps windows from all over the file, with what PyTorch makes of them, too", () => {
    const kept = readSafetensors(join(out, "golden.safetensors"));
    const torch = readSafetensors(golden);
    expect(kept.metadata).toEqual({ rate: "100" });
    const signal = tensor(kept, "signal");
    const size = signal.data.length / 3;
    for (let i = 0; i < 3; i++) {
      const row = i * 2;
      expect(Array.from(signal.data).slice(i * size, (i + 1) * size)).toEqual(
        Array.from(tensor(torch, "signal").data).slice(row * size, (row + 1) * size),
      );
      for (const stage of STAGES) {
        const { shape, data } = tensor(kept, stage);
        const length = data.length / 3;
        const one = { shape: [1, ...shape.slice(1)], data: Array.from(data).slice(i * length, (i + 1) * length) };
        expectStage(stage, one, tensor(torch, stage), row, 1);
      }
    }
  });

  it("makes a bundle that passes its check as a folder and as an archive, with any instructions", async () => {
    const { code, stdout } = await biox(["bundle", "check", out], { BIOX_SIMD: "scalar" });
    expect(code).toBe(0);
    expect(stdout.split("\n").filter((line) => line.startsWith("ok"))).toHaveLength(5);
    expect(stdout).toContain("gives here what it gave where it was packed: 3 golden windows, tolerance 0.0001.");
  });

  it("packs without windows, and says that there are none to run", async () => {
    const bare = at("bare");
    const yaml = at("description.yaml");
    writeFileSync(yaml, `# Flow style, and no JSON.\n${readFileSync(at("description.json"), "utf8")}`);
    const { code, stdout } = await biox(["bundle", "pack", yaml, ...demo, "--out", bare]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("no golden windows to run") });
    expect((await biox(["bundle", "check", bare, "--json"])).lines).toMatchObject([{ ok: true, golden: null }]);
  });

  it.each([
    ["a part that is no ONNX file", { lower: golden }, "not an ONNX"],
    [
      "a bridge without matrices",
      { bridge: join(root, "bundles/demo/probe.safetensors") },
      "matrices A, B and prototypes",
    ],
    [
      "an upper half as the lower one",
      { lower: join(root, "bundles/demo/upper.onnx") },
      "lower.onnx input '/model/blocks.2/Add_1_output_0'",
    ],
    [
      "a bridge that fits neither layout",
      { bridge: join(root, "src/bundle/pth/testdata/bridge.safetensors") },
      "lower.layout cannot be told",
    ],
    ["a file that does not exist", { upper: "/none/upper.onnx" }, "does not exist"],
    ["a description that is not JSON", { description: golden }, "is not JSON"],
  ])("refuses %s, and writes nothing", async (_, change: Record<string, string>, words) => {
    const given = {
      ...Object.fromEntries(["lower", "bridge", "upper", "probe"].map((n, i) => [n, demo[2 * i + 1]!])),
      ...change,
    };
    const args = ["lower", "bridge", "upper", "probe"].flatMap((part) => [
      `--${part}`,
      given[part as keyof typeof given]!,
    ]);
    const file = change.description ?? at("description.json");
    const { code, stderr } = await biox(["bundle", "pack", file, ...args, "--out", at("refused")]);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(existsSync(at("refused"))).toBe(false);
  });

  it.each(["selection", "training"])("refuses halves that were cut elsewhere than the %s says", async (report) => {
    const [out, into] = ["lower", "upper"].map((half) => readManifest(at("packed"))[half]);
    const file = (name: string, from: string, to: string): string =>
      json(name, { new: { tensor: from }, old: { tensor: to }, stepLoss: [] });
    const pack = (path: string, to: string) =>
      biox(["bundle", "pack", at("description.json"), ...demo, `--${report}`, path, "--out", at(to)]);
    const lower = await pack(file("lower-places.json", "other", into.input), "refused");
    expect(lower.stderr).toMatch(
      /^biox: Expected the lower half to end at 'other', as '.*lower-places.json' says of the new model/,
    );
    const upper = await pack(file("upper-places.json", out.output, "other"), "refused");
    expect(upper.stderr).toMatch(
      /^biox: Expected the upper half to begin at 'other', as '.*upper-places.json' says of the old model/,
    );
    expect(existsSync(at("refused"))).toBe(false);
    expect((await pack(file("places.json", out.output, into.input), `placed-${report}`)).code).toBe(0);
  });

  it("names the field of a description that is wrong", async () => {
    const file = json("wrong.json", { ...description, labels: ["one"] });
    const { code, stderr } = await biox(["bundle", "pack", file, ...demo, "--out", at("refused")]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^biox: .*labels.*at least two/) });
  });

  it.each(["tokens-first", "channels-first"] as const)("tells %s from the upper half's input", async (targetLayout) => {
    const bundle = at(`tiny-${targetLayout}`);
    const { bridge, lower } = await buildTinyBundle(bundle, { targetLayout, layout: "NCT", openBatch: true });
    const tiny = json("tiny.json", { ...readManifest(bundle), bridge: {}, lower: {}, upper: {}, files: undefined });
    const packed = `${bundle}-packed`;
    const { code, stderr } = await biox([
      "bundle",
      "pack",
      tiny,
      ...parts(bundle, "lower", "bridge", "upper"),
      "--out",
      packed,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(readManifest(packed)).toMatchObject({ bridge, lower });
  });
});

describe("biox bundle check", () => {
  /** A copy of the packed bundle with golden values that its model does not give, and the right hash of them. */
  function withOther(stage: string, change: (values: Float32Array) => void): string {
    const bundle = at(`other-${stage}`);
    cpSync(at("packed"), bundle, { recursive: true });
    const { tensors, metadata } = readSafetensors(join(bundle, "golden.safetensors"));
    change(tensors.get(stage)!.data as Float32Array);
    const bytes = writeSafetensors(Object.fromEntries(tensors), metadata);
    writeFileSync(join(bundle, "golden.safetensors"), bytes);
    const manifest = readManifest(bundle);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    manifest.files["golden.safetensors"] = { sha256, bytes: bytes.length };
    writeFileSync(join(bundle, "bundle.json"), JSON.stringify(manifest));
    return bundle;
  }

  it("names the stage from which on the model gives something else", async () => {
    const bundle = withOther("hidden", (values) => {
      values[0] = values[0]! + Math.max(...values.map(Math.abs)) * 2e-4;
    });
    const { code, stdout } = await biox(["bundle", "check", bundle]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok +pooled .*\nFAILED +hidden +differs by 2\.0e-4 at most\nok +bridged /);
    expect(stdout).toContain("gives other answers here, by more than 0.0001; 3 of 3 golden windows keep their label");
  });

  it("counts labels that are others", async () => {
    const bundle = withOther("probs", (values) => values.reverse());
    const { golden } = await checkBundle(bundle);
    expect(golden?.ok).toBe(false);
    expect(golden?.sameLabels).toBeLessThan(3);
  });

  it("does not run a model whose file is altered", async () => {
    const bundle = at("altered");
    cpSync(at("packed"), bundle, { recursive: true });
    writeFileSync(join(bundle, "upper.onnx"), "x");
    const { code, stdout, lines } = await biox(["bundle", "check", bundle, "--json"]);
    expect({ code, lines }).toMatchObject({ code: 1, lines: [{ type: "checked", ok: false, golden: null }] });
    expect(stdout).toContain("but it has 1");
  });

  it("refuses golden values of another model", async () => {
    const bundle = withOther("probs", () => {});
    const manifest = readManifest(bundle);
    const bytes = writeSafetensors({ signal: { shape: [1, 1, 1000], data: new Float32Array(1000) } });
    writeFileSync(join(bundle, "golden.safetensors"), bytes);
    manifest.files["golden.safetensors"] = {
      sha256: createHash("sha256").update(bytes).digest("hex"),
      bytes: bytes.length,
    };
    writeFileSync(join(bundle, "bundle.json"), JSON.stringify(manifest));
    const { code, stderr } = await biox(["bundle", "check", bundle]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("has no tensor pooled") });
  });

  it("is passed by a bundle whose halves were rounded on purpose, whose windows are made anew", async () => {
    const rounded = at("rounded");
    await quantizeBundle(at("packed"), rounded, { precision: "float16", force: true });
    const [before, after] = [at("packed"), rounded].map((b) => readSafetensors(join(b, "golden.safetensors")));
    expect(tensor(after!, "signal").data).toEqual(tensor(before!, "signal").data);
    expect(tensor(after!, "logits").data).not.toEqual(tensor(before!, "logits").data);
    expect((await checkBundle(rounded)).ok).toBe(true);
    expect((await loadBundle(rounded)).manifest.golden).toEqual({ file: "golden.safetensors", tolerance: 1e-4 });
  });
});
