/** Raw bytes of a device to NDJSON. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack } from "msgpackr";
import { afterAll, describe, expect, it } from "vitest";
import { encodeFrame, FrameKind } from "../src/framing/index.js";
import { Biox, biox } from "./support/biox.js";
import { seeded } from "./support/seeded.js";

const folder = mkdtempSync(join(tmpdir(), "biox-decode-"));
afterAll(() => rmSync(folder, { recursive: true }));
const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const HEALTHYPI = Buffer.from("0afa14000285ffc80190eefeff40e20100470e10614850780000" + "0b", "hex");

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const link = (stderr: string) => JSON.parse(stderr.trim().split("\n").at(-1)!);

/** A biox device that counts from 100 and has a scaled channel. */
function bioxBytes(frames: readonly (readonly [index: number, ...values: number[]])[], end?: number): Uint8Array {
  const channels = [{ name: "ppg", unit: "mV", scale: 0.5, offset: 10 }];
  const streams = [{ id: 3, name: "pulse", channels, format: "f32", rate: 100, next: 100 }];
  const hello = { kind: FrameKind.hello, payload: pack({ device: "fake", firmware: "1", streams }) };
  const samples = frames.map(([index, ...values]) => ({
    kind: FrameKind.samples,
    stream: 3,
    count: values.length,
    index,
    timeUs: 0,
    payload: new Uint8Array(Float32Array.from(values).buffer),
  }));
  const event = { kind: FrameKind.event, payload: pack({ event: "end", streams: [{ id: 3, samples: end }] }) };
  return Buffer.concat([hello, ...samples, ...(end === undefined ? [] : [event])].map((frame) => encodeFrame(frame)));
}

describe("decode", () => {
  it("writes a line for each sample, and what the link carried", async () => {
    const { code, lines, stderr } = await biox(["decode", "--device", "healthypi4", "--in", file("hp4", HEALTHYPI)]);
    expect(code).toBe(0);
    expect(lines[0]).toEqual({
      type: "sample",
      stream: "signals",
      n: 0,
      values: { ecg: -123, respiration: 456, ir: -70000, red: 123456 },
    });
    expect(lines[1]).toEqual({
      type: "sample",
      stream: "temperature",
      n: 0,
      values: { temperature: expect.closeTo(36.55, 9) },
    });
    expect(lines.every((line) => line.type === "sample")).toBe(true);
    expect(link(stderr)).toEqual({
      type: "link",
      bytes: 27,
      frames: 1,
      samples: 5,
      crcErrors: 0,
      framingErrors: 0,
      resyncs: 0,
      sequenceGaps: 0,
      lostSamples: 0,
      oversize: 0,
    });
  });

  it("gives units or raw counts, and null for what is no number", async () => {
    const path = file("scaled", bioxBytes([[100, 3, Number.NaN, -7]]));
    const values = async (...flags: string[]) =>
      (await biox(["decode", "--device", "biox", "--in", path, ...flags])).lines.map((line) => [
        line.n,
        line.values.ppg,
      ]);
    expect(await values()).toEqual([
      [100, 11.5],
      [101, null],
      [102, 6.5],
    ]);
    expect(await values("--raw")).toEqual([
      [100, 3],
      [101, null],
      [102, -7],
    ]);
  });

  it("counts what is missing before, between and behind what came", async () => {
    const path = file(
      "gaps",
      bioxBytes(
        [
          [102, 1, 2],
          [104, 3],
          [110, 4, 5],
          [50, 6],
        ],
        60,
      ),
    );
    const { lines, stderr } = await biox(["decode", "--device", "biox", "--in", path]);
    expect(lines.map((line) => line.n)).toEqual([102, 103, 104, 110, 111, 50]);
    expect(link(stderr)).toMatchObject({ samples: 6, sequenceGaps: 3, lostSamples: 2 + 5 + 9 });
  });

  it("tells of everything else with --events", async () => {
    const { lines } = await biox([
      "decode",
      "--device",
      "biox",
      "--events",
      "--in",
      file("events", bioxBytes([[100, 1]], 101)),
    ]);
    expect(lines.map((line) => line.type)).toEqual(["hello", "sample", "end"]);
    expect(lines[0]).toMatchObject({ device: "fake", streams: [{ name: "pulse", rate: 100 }] });
  });

  it("takes options of the device, and refuses others", async () => {
    const frame = Buffer.from("0afa060002" + "e0b150c30300" + "000b", "hex");
    const path = file("max86150", frame);
    const args = ["decode", "--device", "openview", "--in", path, "--option"];
    const { lines } = await biox([...args, "board=max86150", "--option", "order=ir-red"]);
    expect(lines[0]).toMatchObject({ values: { ecg: -20000, ir: 50000, red: 3 } });
    expect(await biox([...args, "bord=max86150"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no option 'bord'\.\n.*board, order, rate/),
    });
    expect(await biox([...args, "board=x"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Expected board to be one of afe4490"),
    });
    expect(await biox([...args, "board"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Expected name=value"),
    });
  });

  it("decodes a recording with the device and options in it", async () => {
    const path = join(folder, "sim.bioxrec");
    await biox(["record", "--from", "sim:?seed=3", "--out", path, "--duration", "2"]);
    const { lines, stderr } = await biox(["decode", "--in", path]);
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.map((line) => line.n)).toEqual(lines.map((_, i) => lines[0].n + i));
    expect(link(stderr)).toMatchObject({ samples: lines.length, crcErrors: 0, lostSamples: 0 });
  });

  it("says what is missing or wrong", async () => {
    const path = file("raw", HEALTHYPI);
    for (const [args, text] of [
      [["--in", path], "Raw bytes do not say which device sent them."],
      [["--in", path, "--device", "boix"], "No device is called 'boix'."],
      [["--in", folder, "--device", "biox"], "to be a file, but it is a folder"],
      [["--in", join(folder, "none"), "--device", "biox"], "does not exist"],
    ] as const) {
      const { code, stderr, stdout } = await biox(["decode", ...args]);
      expect(code).toBe(1);
      expect(stderr).toContain(text);
      expect(stdout).toBe("");
    }
  });

  it.each(["cyton", "cyton-daisy", "shimmer3", "ascii", "healthypi4", "bitalino", "ble", "nonin-df2", "emotibit"])(
    "shows bytes that are of no frame of %s, and says so",
    async (device) => {
      const random = seeded(11);
      // No end of a line, which text would count as a damaged one.
      const noise = Uint8Array.from({ length: 20_000 }, () => 14 + random() * 242);
      const { code, lines, stderr } = await biox(["decode", "--device", device, "--in", file(`no-${device}`, noise)]);
      expect(code).toBe(0);
      expect(lines).toEqual([]);
      const { crcErrors, framingErrors, oversize, ...counters } = link(stderr);
      expect(crcErrors + framingErrors + oversize).toBeGreaterThan(0);
      expect(counters).toMatchObject({ bytes: 20_000, frames: 0, samples: 0, lostSamples: 0 });
      expect(stderr).toMatch(new RegExp(`^No frame of ${device} in 20000 bytes: is it the right device`));
    },
  );

  it("takes no noise for lost samples where some of it looks like frames", async () => {
    const random = seeded(12);
    const noise = Uint8Array.from({ length: 500_000 }, () => random() * 256);
    const { stderr } = await biox(["decode", "--device", "cms50", "--in", file("no-cms50", noise)]);
    const { frames, framingErrors, lostSamples } = link(stderr);
    expect(frames).toBeGreaterThan(0);
    expect(framingErrors).toBeGreaterThan(0);
    expect(lostSamples).toBe(0);
  });

  it("reads standard input in any pieces, and ends quietly with its reader", async () => {
    const run = new Biox(["decode", "--device", "healthypi4"]);
    for (const byte of HEALTHYPI) run.child.stdin!.write(Uint8Array.of(byte));
    await run.line((line) => line.stream === "signals");
    run.child.stdin!.end();
    expect((await run.finished).code).toBe(0);

    const many = file("many", Buffer.concat(Array.from({ length: 100_000 }, () => HEALTHYPI)));
    const child = spawn(process.execPath, [MAIN, "decode", "--device", "healthypi4", "--in", many]);
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    expect(stderr).toBe("");
  });

  it("waits for a slow reader, and ends with its account at Ctrl-C", async () => {
    const child = spawn(process.execPath, [MAIN, "decode", "--device", "healthypi4"]);
    let lines = 0;
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdin.write(Buffer.concat(Array.from({ length: 20_000 }, () => HEALTHYPI)));
    await new Promise((resolve) => setTimeout(resolve, 500)); // nobody reads its lines yet
    child.stdout.on("data", (text: Buffer) => {
      for (const byte of text) if (byte === 10) lines++;
    });
    const expected = 20_000 + 4 * Math.ceil(20_000 / 125);
    await expect.poll(() => lines, { timeout: 60_000 }).toBe(expected);
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    expect(link(stderr)).toMatchObject({ frames: 20_000, samples: expected });
  });
});
