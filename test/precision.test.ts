/** `--precision` from the command line to the bridge's weights. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, infer, loadBundle, readSafetensors, writeSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { sequence } from "../src/bench/synthetic/sequence.js";
import { biox } from "./support/biox.js";

const folder = mkdtempSync(join(tmpdir(), "biox-precision-"));
const windows = join(folder, "windows.safetensors");
beforeAll(async () => {
  await buildTinyBundle(join(folder, "tiny"), { rate: 100, seconds: 2, hop: 0.5 });
  writeFileSync(windows, writeSafetensors({ signal: { shape: [2, 1, 200], data: sequence(400, 7) } }));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function bridged(precision: string): Promise<Float32Array> {
  const out = join(folder, `${precision}.safetensors`);
  const args = ["infer", join(folder, "tiny"), "--in", windows, "--out", out, "--precision", precision];
  const { code, stderr } = await biox(args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return readSafetensors(out).tensors.get("bridged")!.data as Float32Array;
}

describe("--precision", () => {
  it("changes what infer gives, by no more than 11 bits a weight may", async () => {
    const exact = await bridged("float32");
    const half = await bridged("float16");
    const largest = Math.max(...exact.map(Math.abs));
    const difference = Math.max(...exact.map((value, i) => Math.abs(value - half[i]!)));
    expect(difference).toBeGreaterThan(0);
    expect(difference / largest).toBeLessThan(5e-3);
  });

  it("int8 changes it by no more than 8 bits a weight may", async () => {
    const exact = await bridged("float32");
    const coarse = await bridged("int8");
    const largest = Math.max(...exact.map(Math.abs));
    const difference = Math.max(...exact.map((value, i) => Math.abs(value - coarse[i]!)));
    expect(difference).toBeGreaterThan(0);
    expect(difference / largest).toBeLessThan(5e-2);
  });

  it("is the bundle's where none is given, and overrides it where one is", async () => {
    const own = join(folder, "own");
    await cp(join(folder, "tiny"), own, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(own, "bundle.json"), "utf8"));
    manifest.bridge.precision = "int8";
    writeFileSync(join(own, "bundle.json"), JSON.stringify(manifest));
    const bundle = await loadBundle(own);
    for (const [options, expected] of [
      [{}, "int8"],
      [{ precision: "float32" }, "float32"],
    ] as const) {
      const engine = await createEngine(bundle, options);
      expect(engine.info.bridge.precision).toBe(expected);
      expect(engine.info.bridge.precisionError === 0).toBe(expected === "float32");
      await engine.close();
    }
    const file = readSafetensors(windows);
    const [of32, of8] = [await bridged("float32"), await bridged("int8")];
    expect((await infer(bundle, file)).tensors.bridged.data).toEqual(of8);
    expect((await infer(bundle, file, { precision: "float32" })).tensors.bridged.data).toEqual(of32);
    expect((await infer(await loadBundle(join(folder, "tiny")), file)).tensors.bridged.data).toEqual(of32);
  });

  it("reaches the engine of a run, which tells its error", async () => {
    const from = "sim:?rate=100&duration=4&speed=10";
    const { lines } = await biox(["run", join(folder, "tiny"), "--from", from, "--json", "--precision", "float16"]);
    const { bridge } = lines.find(({ type }) => type === "start").engine;
    expect(bridge.precision).toBe("float16");
    expect(bridge.precisionError).toBeGreaterThan(0);
    expect(bridge.precisionError).toBeLessThan(5e-3);
    expect(lines.at(-1).predictions).toBeGreaterThan(0);
  });

  it("is refused where there is no such type", async () => {
    const { code, stderr } = await biox(["infer", "x", "--in", "a", "--out", "b", "--precision", "float8"]);
    expect(code).toBe(1);
    expect(stderr).toContain("float32, float16, int8");
    const bundle = await loadBundle(join(folder, "tiny"));
    const wrong = { precision: "float8" as "float16" };
    await expect(createEngine(bundle, wrong)).rejects.toThrow("Expected precision to be 'float32', 'float16', 'int8'");
    await expect(infer(bundle, readSafetensors(windows), wrong)).rejects.toThrow("Expected precision");
  });
});
