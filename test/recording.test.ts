/** Files that commands read and write: what is none, what does not fit on the disk, what is broken off. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRecording, writeSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox, biox } from "./support/biox.js";
import { FakeDevice, SOCAT } from "./support/fake-device.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-recording-cli-"));
const at = (name: string): string => join(folder, name);
const tiny = at("tiny");
beforeAll(async () => {
  await buildTinyBundle(tiny, { rate: 100, seconds: 2, hop: 0.5 });
  execFileSync("mkfifo", [at("pipe")]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command whose files may not grow beyond 8 to 16 KB, as on a disk that is nearly full. */
function cramped(...args: string[]) {
  const script = `trap "" XFSZ; ulimit -f 16; exec "$@"`;
  const options = { encoding: "utf8", timeout: 20_000 } as const;
  return spawnSync("sh", ["-c", script, "sh", process.execPath, MAIN, ...args], options);
}

function windowsFile(name: string, windows: number): string {
  const data = new Float32Array(windows * 200).fill(1);
  writeFileSync(at(name), writeSafetensors({ signal: { shape: [windows, 1, 200], data } }));
  return at(name);
}

describe("a pipe in place of a file", () => {
  it.each([
    ["run", () => ["run", tiny, "--from", `replay:${at("pipe")}?channel=ppg&rate=100`, "--json"]],
    ["infer", () => ["infer", tiny, "--in", at("pipe"), "--out", at("never")]],
    ["emulate", () => ["emulate", "--csv", at("pipe"), "--channel", "ppg", "--rate", "100"]],
  ])("is refused by %s", async (_, args) => {
    const { code, stderr } = await biox(args());
    expect(stderr).toContain(`Expected '${at("pipe")}' to be a file, but it is a named pipe.`);
    expect(code).toBe(1);
  });
});

describe("record", () => {
  it("ends at once when the disk takes no more, and what it has can be replayed", async () => {
    const out = at("full.bioxrec");
    const { status, stdout, stderr } = cramped("record", "--from", "sim:?rate=1000&speed=20", "--out", out);
    expect(stderr).toMatch(/^biox: File '.*full\.bioxrec' cannot be written: .*\.\n {6}Choose another path\.\n$/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    let bytes = 0;
    for await (const chunk of (await readRecording(out)).chunks()) bytes += chunk.bytes.length;
    expect(bytes).toBeGreaterThan(4000);
  });

  it("leaves no file behind when its source does not open", async () => {
    const out = at("failed.bioxrec");
    const { code } = await biox(["record", "--from", "serial:/dev/ttyUSB77", "--out", out]);
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  it("finds out before it asks the device that it may not write", async () => {
    writeFileSync(at("old.bioxrec"), "");
    for (const [out, reason] of [
      [at("old.bioxrec"), "it exists already"],
      [at("nowhere/new.bioxrec"), "its folder does not exist"],
    ] as const) {
      const { stderr } = await biox(["record", "--from", "serial:/dev/ttyUSB77", "--out", out]);
      expect(stderr).toContain(reason);
    }
  });

  it("ends after --duration with a recording that can be replayed", async () => {
    const out = at("short.bioxrec");
    const record = await biox(["record", "--from", "sim:", "--out", out, "--duration", "1.5"]);
    expect(record.code).toBe(0);
    const replay = await biox(["run", tiny, "--from", `replay:${out}?speed=10`, "--json"]);
    expect(replay.lines.at(-1).samples).toBe(record.lines.at(-1).samples);
    const { bytes } = record.lines.at(-1);
    expect(bytes).toBe(record.lines.at(-1).link.bytes);
  });
});

describe.runIf(SOCAT)("record from a device that is silent", () => {
  it("says in one sentence that it was stopped, and leaves no file", async () => {
    const device = await FakeDevice.plugIn(folder, "silent");
    const out = at("silent.bioxrec");
    const record = new Biox(["record", "--from", `serial:${device.path}`, "--out", out]);
    await device.asked();
    const { code, stderr } = await record.stop();
    expect(stderr).toBe("biox: Stopped before the source had answered: nothing was recorded.\n");
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
    await device.unplug();
  });
});

describe("infer", () => {
  it("says that it was stopped, and leaves no file", async () => {
    const out = at("stopped.safetensors");
    const infer = new Biox(["infer", tiny, "--in", windowsFile("many", 100_000), "--out", out]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { code, stderr } = await infer.stop();
    expect({ code, stderr }).toEqual({ code: 130, stderr: "biox: Stopped.\n" });
    expect(existsSync(out)).toBe(false);
  });

  it("looks where it will write before it reads anything", async () => {
    const { code, stderr } = await biox(["infer", at("no-bundle"), "--in", at("none"), "--out", at("nowhere/out")]);
    expect(stderr).toContain("its folder does not exist");
    expect(code).toBe(1);
  });

  it("leaves nothing half-written on a full disk", () => {
    const before = readdirSync(folder);
    const input = windowsFile("some", 500);
    const { status, stderr } = cramped("infer", tiny, "--in", input, "--out", at("half"));
    expect(stderr).toMatch(/^biox: File '.*half' cannot be written: .*\n {6}Choose another path\.\n$/);
    expect(status).toBe(1);
    expect(readdirSync(folder)).toEqual([...before, "some"].sort());
  });
});
