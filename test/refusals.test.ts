/** Bad input at the command line: one clear sentence, a hint, exit code 1, no stack trace. */

import { chmodSync, copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox, biox } from "./support/biox.js";
import { alterFile, breakBundle, type FaultName } from "./support/break-bundle.js";
import { LONGEST_MS } from "./support/wait.js";

const folder = mkdtempSync(join(tmpdir(), "biox-refusals-"));
const tiny = join(folder, "tiny");
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => buildTinyBundle(tiny, { rate: 100, seconds: 2, hop: 0.5 }));

/** Runs a command that must be refused and gives its complaint. */
async function refused(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stderr, ms } = await biox(args, env);
  expect({ code, stderr }).toMatchObject({ code: 1 });
  expect(stderr).toMatch(/^biox: [^\n]+[.!?]\n( {6}[^\n]+\n)*$/);
  expect(stderr).not.toMatch(/\n\s+at |node_modules|\.js:/);
  expect(ms, "ms until it was refused").toBeLessThan(LONGEST_MS);
  return stderr;
}

const run = (bundle: string, from: string): string[] => ["run", bundle, "--from", from, "--json"];

describe("bundles", () => {
  it.each<[FaultName, RegExp]>([
    ["rank-mismatch", /bridge\.safetensors/],
    ["label-count", /labels/],
    ["unknown-step", /'wavelet'/],
    ["lower-width", /lower\.onnx .*channels/],
    ["lower-input-name", /lower\.onnx has no input 'nothing'; it has signal/],
    ["upper-output-name", /upper\.onnx has no output 'nothing'/],
    ["input-dtype", /takes float32, but is given int64/],
    ["input-length", /has shape \[1, 1, 200\], but is given/],
    ["upper-not-onnx", /upper\.onnx is not a model that ONNX Runtime can load/],
  ])("refuses one with fault %s", async (fault, text) => {
    const path = at(fault);
    cpSync(tiny, path, { recursive: true });
    await breakBundle(path, fault);
    expect(await refused(["inspect", path])).toMatch(text);
  });

  it("refuses one that is missing, altered or unreadable", async () => {
    expect(await refused(["inspect", at("nowhere")])).toContain("nowhere");
    const altered = at("altered");
    cpSync(tiny, altered, { recursive: true });
    await alterFile(altered, "upper.onnx");
    expect(await refused(run(altered, "sim:"))).toMatch(/upper\.onnx.* altered/);
    const { code, stdout } = await biox(["bundle", "verify", altered]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAILED +upper\.onnx/);
    expect((await biox(["bundle", "verify", tiny])).code).toBe(0);
    if (process.getuid?.() === 0) return; // root reads everything
    chmodSync(join(altered, "bundle.json"), 0);
    expect(await refused(["inspect", altered])).toContain("cannot be read");
  });

  it("refuses a SIMD target that this machine does not have", async () => {
    expect(await refused(["inspect", tiny], { BIOX_SIMD: "sse9" })).toMatch(/BIOX_SIMD.*sse9/);
  });
});

describe("sources", () => {
  it.each([
    ["serial:/dev/ttyUSB77", /port \/dev\/ttyUSB77 does not exist/],
    ["serial:/dev/null", /not a serial port/],
    ["serial:/dev", /not a serial port/],
    ["serial:/dev/ttyUSB0?device=toaster", /No device is called 'toaster'/],
    ["bluetooth:x", /is not a source/],
    ["sim:?hr=9000", /Expected hr/],
    ["replay:/nowhere.csv?channel=ppg&rate=100", /does not exist/],
  ])("refuses %s", async (from, text) => {
    expect(await refused(run(tiny, from))).toMatch(text);
  });

  it.each([
    ["nan.csv", "ppg\n1\nNaN\n", /line 3.*found 'NaN'/],
    ["text.csv", "ppg\n1\nnoise\n", /line 3.*found 'noise'/],
    ["column.csv", "ecg\n1\n2\n", /has no column 'ppg'; it has ecg/],
    ["empty.csv", "", /is empty/],
  ])("refuses %s", async (name, content, text) => {
    writeFileSync(at(name), content);
    expect(await refused(run(tiny, `replay:${at(name)}?channel=ppg&rate=100`))).toMatch(text);
    expect(await refused(["emulate", "--csv", at(name), "--channel", "ppg", "--rate", "100"])).toMatch(text);
  });

  it("refuses a replay without rate or column, and a recording that is none", async () => {
    writeFileSync(at("good.csv"), "ppg\n1\n2\n");
    expect(await refused(run(tiny, `replay:${at("good.csv")}?channel=ppg`))).toContain("rate");
    expect(await refused(run(tiny, `replay:${at("good.csv")}?rate=100`))).toContain("column");
    writeFileSync(at("cut.bioxrec"), "BIOXREC1\xff\xff");
    expect(await refused(run(tiny, `replay:${at("cut.bioxrec")}`))).toContain("header cannot be read");
  });

  it("refuses a port that another program holds", async () => {
    const emulator = new Biox(["emulate", "--hr", "72"]);
    const { path } = await emulator.line((l) => l.type === "tty");
    const first = new Biox(run(tiny, `serial:${path}`));
    await first.line((l) => l.type === "prediction");
    expect(await refused(run(tiny, `serial:${path}`))).toContain("in use by another program");
    expect((await first.stop()).code).toBe(0);
    await emulator.stop();
  });

  it("refuses a model that wants another channel", async () => {
    const ecg = at("ecg");
    await buildTinyBundle(ecg, { channels: ["ecg"] });
    expect(await refused(run(ecg, "sim:"))).toMatch(/no channel ecg; it has ppg/);
    expect(await refused(run(tiny, "sim:?channel=red"))).toMatch(/no channel red; it has ppg/);
  });
});

describe("windows", () => {
  it("refuses files that do not fit", async () => {
    const file = (name: string, shape: number[], metadata = {}, fill = 0): string => {
      const data = new Float32Array(shape.reduce((a, b) => a * b)).fill(fill);
      writeFileSync(at(name), writeSafetensors({ signal: { shape, data } }, metadata));
      return at(name);
    };
    const out = at("out.safetensors");
    const infer = (input: string): Promise<string> => refused(["infer", tiny, "--in", input, "--out", out]);
    expect(await infer(file("short", [2, 1, 100]))).toContain("[windows, 1, 200]");
    expect(await infer(file("rate", [2, 1, 200], { rate: "fast" }))).toContain("rate 'fast'");
    expect(await infer(file("nan", [2, 1, 200], {}, Number.NaN))).toContain("NaN in window 0");
    copyFileSync(join(tiny, "bundle.json"), at("json"));
    expect(await infer(at("json"))).toContain("announces a header of");
    expect(await infer(at("nowhere"))).toContain("does not exist");
    const args = ["infer", tiny, "--in", file("good", [2, 1, 200], {}, 1), "--out", "/nowhere/out"];
    expect(await refused(args)).toContain("cannot be written");
    expect(await refused([...args, "--input", "cooked"])).toContain("cooked");
  });
});

describe("command line", () => {
  it("refuses what it does not know and shows examples for what it does", async () => {
    expect(await refused(["run", tiny])).toContain("--from");
    expect(await refused(["run", tiny, "--from", "sim:", "--hop", "-1"])).toContain("above 0");
    expect(await refused(["run", tiny, "--from", "sim:", "--hop", "1e300"])).toContain("at most 86400 s");
    expect(await refused(["devices", "probe", "/dev/ttyUSB77", "--seconds", "1e9"])).toContain("at most 600 s");
    expect(await refused(["dance"])).toContain("dance");
    for (const command of ["run", "infer", "inspect", "bundle", "devices", "record", "emulate"]) {
      const { code, stdout } = await biox([command, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples:\n +\$ biox /);
    }
  });
});
