/** Files that commands read and write: what is none, what does not fit on the disk, what is broken off. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRecording, writeSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { packMap } from "../src/devices/biox/messagepack.js";
import { encodeFrame, FrameKind } from "../src/framing/index.js";
import { Biox, biox } from "./support/biox.js";
import { FakeDevice, SOCAT } from "./support/fake-device.js";
import { bytesRead, until } from "./support/wait.js";

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
  const options = { encoding: "utf8", timeout: 120_000 } as const;
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

describe("run --record", () => {
  it("records the bytes and what the device reports, and the replay predicts the same", async () => {
    const out = at("run.bioxrec");
    const from = "sim:?rate=100&duration=20&speed=5&drop=0.05&script=rest-to-exercise";
    const run = await biox(["run", tiny, "--from", from, "--record", out, "--json"]);
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
    const replay = await biox(["run", tiny, "--from", `replay:${out}?speed=1`, "--json"]);
    const summary = (r: typeof run) => ({ samples: r.lines.at(-1).samples, lost: r.lines.at(-1).lost });
    expect(summary(replay)).toEqual(summary(run));
    expect(summary(run).lost).toBeGreaterThan(0);
    const rows = readFileSync(at("run.csv"), "utf8").trim().split("\n");
    expect(rows.length - 1).toBe(summary(run).samples + summary(run).lost);
    expect(rows.filter((row) => row.endsWith(","))).toHaveLength(summary(run).lost);
    const probs = (r: typeof run) => r.lines.filter((l) => l.type === "prediction").map((l) => [l.window[0], l.probs]);
    const replayed = new Map(probs(replay) as [number, number[]][]);
    for (const [window, expected] of probs(run) as [number, number[]][])
      if (replayed.has(window)) expect(replayed.get(window)).toEqual(expected);
    expect(replayed.size).toBeGreaterThan(10);
  });

  it("goes on predicting when the disk is full, and says so once of each file", async () => {
    const out = at("run-full.bioxrec");
    const from = "sim:?rate=1000&duration=40&speed=5";
    const { status, stdout, stderr } = cramped("run", tiny, "--from", from, "--record", out, "--json");
    const hint = "What it holds can be read; make room before the next recording.";
    const told = (name: string): string => `biox: File '.*run-full\\.${name}' cannot be written: .*\\.\n {6}${hint}\n`;
    expect(stderr).toMatch(new RegExp(`^${told("csv")}${told("bioxrec")}$`));
    expect(status).toBe(1);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const warnings = lines.filter((line) => line.type === "warning").map((line) => line.message);
    expect(warnings).toEqual(stderr.split("\n").flatMap((line) => (line.startsWith("biox: ") ? [line.slice(6)] : [])));
    expect(lines.at(-1)).toMatchObject({ type: "summary", samples: 40_000 });
    let bytes = 0;
    for await (const chunk of (await readRecording(out)).chunks()) bytes += chunk.bytes.length;
    expect(bytes).toBeGreaterThan(4000);
    expect(bytes).toBeLessThan(20_000);
    const last = lines.filter((line) => line.type === "prediction").at(-1);
    expect(last.window[1]).toBeGreaterThan(35_000);
  });

  it.each([
    [
      "several sources",
      ["--from", "sim:?seed=1", "--from", "sim:?seed=2"],
      "--record records one source, but 2 were given",
    ],
    ["a replay", ["--from", "replay:x.bioxrec"], "A replay has no bytes of a link to record"],
    ["samples over a file", ["--from", "sim:", "--samples", MAIN], "main.js' cannot be written: it exists already"],
  ])("refuses %s", async (_, from, message) => {
    const { code, stderr } = await biox(["run", tiny, ...from, "--record", at("never.bioxrec"), "--json"]);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
    expect(existsSync(at("never.bioxrec"))).toBe(false);
  });
});

it("run refuses a file for samples without a recording", async () => {
  const { code, stderr } = await biox(["run", tiny, "--from", "sim:", "--samples", at("alone.csv")]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `biox: --samples ${at("alone.csv")} goes with --record, which was not given.\n      Add --record FILE.\n`,
  });
});

describe("record", () => {
  it("writes bytes and decoded samples, unless told otherwise, and a CSV with its losses can be replayed", async () => {
    const from = "sim:?rate=100&drop=0.1&duration=6&speed=5";
    const both = await biox(["record", "--from", from, "--out", at("both.bioxrec")]);
    expect(both.lines[0].files).toEqual([at("both.bioxrec"), at("both.csv")]);
    const one = await biox(["record", "--from", from, "--out", at("bytes.bioxrec"), "--no-samples"]);
    expect(one.lines[0].files).toEqual([at("bytes.bioxrec")]);
    expect(existsSync(at("bytes.csv"))).toBe(false);
    const { samples, lost } = both.lines[0];
    expect(lost).toBeGreaterThan(0);
    const table = await biox([
      "run",
      tiny,
      "--from",
      `replay:${at("both.csv")}?channel=ppg&rate=100&speed=5`,
      "--json",
    ]);
    expect(table.stderr).toBe("");
    expect(table.lines.at(-1)).toMatchObject({ type: "summary", samples, lost });
    const again = await biox(["record", "--from", from, "--out", at("other.bioxrec"), "--samples", at("both.csv")]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("both.csv' cannot be written: it exists") });
  });

  it("notes each line of stdin as a marker, which a replay tells, and writes decoded samples beside the bytes", async () => {
    const [out, samples] = [at("marked.bioxrec"), at("marked.csv")];
    const files = ["--out", out, "--samples", samples];
    const record = new Biox(["record", "--from", "sim:?rate=100&drop=0.1", ...files, "--markers"]);
    // Some rows of samples before the markers, and as many behind them.
    const rowsWritten = (): number => (existsSync(samples) ? readFileSync(samples, "utf8").split("\n").length : 0);
    await until(() => rowsWritten() > 100, "rows");
    const before = Date.now();
    record.child.stdin!.write("climbs stairs\n\n");
    const rowsThen = rowsWritten();
    await until(() => rowsWritten() > rowsThen + 100, "more rows");
    const { lines } = await record.stop();
    const after = Date.now();
    const { samples: received, lost, markers } = lines.at(-1);
    expect(markers).toBe(2);
    const replay = await biox(["run", tiny, "--from", `replay:${out}?speed=10`, "--json"]);
    const events = replay.lines.filter(({ type, name }) => type === "event" && name === "marker");
    expect(events.map(({ data }) => [data.name, data.by])).toEqual([
      ["climbs stairs", "keyboard"],
      ["marker", "keyboard"],
    ]);
    // Two processes' clocks agree to a few ms.
    expect(events[0].data.at).toBeGreaterThan(before - 100);
    expect(events[0].data.at).toBeLessThan(after + 100);
    const [head, ...rows] = readFileSync(samples, "utf8")
      .trim()
      .split("\n")
      .map((row) => row.split(","));
    expect(head).toEqual(["time", "sample", "ppg"]);
    expect(rows).toHaveLength(received + lost);
    expect(rows.filter(([, , value]) => value === "")).toHaveLength(lost);
    expect(lost).toBeGreaterThan(0);
    rows.forEach(([time, sample], i) => {
      expect(Number(sample)).toBe(i);
      if (i > 0) expect(Number(time)).toBeGreaterThan(Number(rows[i - 1]![0]));
    });
    // As long as the samples took, but for how long the first of them were held up by a busy machine.
    const took = Number(rows.at(-1)![0]) - Number(rows[0]![0]);
    expect(took / (10 * (rows.length - 1))).toBeGreaterThan(0.5);
    expect(took / (10 * (rows.length - 1))).toBeLessThan(1.1);
  });

  it("ends at once when the disk takes no more, and what it has can be replayed", async () => {
    const out = at("full.bioxrec");
    const { status, stdout, stderr } = cramped(
      "record",
      "--from",
      "sim:?rate=1000&speed=20",
      "--out",
      out,
      "--no-samples",
    );
    expect(stderr).toMatch(
      /^biox: File '.*full\.bioxrec' cannot be written: .*\.\n {6}What it holds can be read; .*\.\n$/,
    );
    expect(status).toBe(1);
    let bytes = 0;
    for await (const chunk of (await readRecording(out)).chunks()) bytes += chunk.bytes.length;
    expect(bytes).toBeGreaterThan(4000);
    expect(JSON.parse(stdout)).toMatchObject({ type: "recorded", files: [out], bytes });
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

describe.runIf(SOCAT)("record from a device that reports something", () => {
  it("has it as a marker, from the first moment on", async () => {
    const device = await FakeDevice.plugIn(folder, "button");
    const out = at("button.bioxrec");
    const record = new Biox(["record", "--from", `serial:${device.path}`, "--out", out]);
    await device.asked();
    device.hello();
    const pressed = (name: string): void =>
      device.send(encodeFrame({ kind: FrameKind.event, payload: packMap({ event: name, name }) }));
    pressed("button");
    device.samples(0, [1, 2, 3]);
    await until(() => existsSync(out), "the recording");
    pressed("again");
    await until(() => readFileSync(out).includes("again"), "the second marker");
    expect((await record.stop()).lines.at(-1).markers).toBe(2);
    const names: [string, string][] = [];
    for await (const item of (await readRecording(out)).items())
      if (item.type === "marker") names.push([item.marker.name, item.marker.by]);
    expect(names).toEqual([
      ["button", "device"],
      ["again", "device"],
    ]);
    await device.unplug();
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
    const input = windowsFile("many", 100_000);
    const infer = new Biox(["infer", tiny, "--in", input, "--out", out]);
    await until(async () => (await bytesRead(infer.child.pid!)) > statSync(input).size, "the windows being read");
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
