/** Files of signals as they are replayed: what was lost stays lost, markers keep their time, and damage is refused or told. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportRecording, openSource, RecordingWriter } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { packMap } from "../src/devices/biox/messagepack.js";
import { encodeFrame, FrameKind } from "../src/framing/index.js";
import { biox } from "./support/biox.js";

const folder = mkdtempSync(join(tmpdir(), "biox-signal-files-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const STARTED = Date.UTC(2026, 2, 5, 9, 8, 7, 250);
const RATE = 100;
/** 9.4 s in frames of 0.2 s, of which one and later three are lost: an export ends within a data record. */
const FRAMES = 47;
const lost = (frame: number): boolean => frame === 12 || (frame >= 30 && frame < 33);
const countOf = (n: number): number => 100 + ((n * 7) % 900);

beforeAll(async () => {
  await buildTinyBundle(at("tiny"), { rate: RATE, seconds: 2, hop: 0.5 });
  const header = { device: "biox", options: {}, baud: 115_200, port: "p", started: STARTED };
  const writer = await RecordingWriter.create(at("walk.bioxrec"), header);
  const ppg = { name: "ppg", unit: "adc", scale: 1, offset: 0 };
  const stream = { id: 0, next: 0, name: "pulse", channels: [ppg], rate: RATE, format: "i16" };
  const hello = { device: "watch", firmware: "1", clockHz: 1_000_000, speed: 1, streams: [stream] };
  writer.write(encodeFrame({ kind: FrameKind.hello, payload: packMap(hello) }), STARTED);
  for (let frame = 0; frame < FRAMES; frame++) {
    const arrival = STARTED + (frame + 1) * 200;
    const values = Int16Array.from({ length: 20 }, (_, i) => countOf(frame * 20 + i));
    const payload = new Uint8Array(values.buffer);
    const place = { stream: 0, count: 20, index: frame * 20, timeUs: frame * 200_000 };
    if (!lost(frame)) writer.write(encodeFrame({ kind: FrameKind.samples, ...place, payload }), arrival);
    if (frame === 5 || frame === 40)
      writer.mark({ at: arrival, name: frame === 5 ? "stairs" : "rest, sitting", by: "http" });
  }
  await writer.close();
  for (const ending of ["edf", "bdf", "hea", "csv"]) await exportRecording(at("walk.bioxrec"), at(`walk.${ending}`));
});

interface Replay {
  readonly samples: ReadonlyMap<number, number>;
  readonly stats: { samples: number; lost: number };
  readonly warnings: readonly string[];
  readonly markers: readonly Record<string, unknown>[];
}

async function replay(uri: string): Promise<Replay> {
  const samples = new Map<number, number>();
  const warnings: string[] = [];
  const markers: Record<string, unknown>[] = [];
  const source = await openSource(uri, {
    onSource: (opened) =>
      opened
        .on("samples", ({ index, count, values, channels }) => {
          for (let i = 0; i < count; i++) samples.set(index + i, values[i * channels.length]!);
        })
        .on("warning", ({ message }) => warnings.push(message))
        .on("device", ({ name, data }) => name === "marker" && markers.push(data)),
  });
  if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
  if (source.failure) throw source.failure;
  return { samples, stats: source.stats, warnings, markers };
}

/** A copy of a file with a change, beside the files that it names. */
function changed(name: string, change: (bytes: Buffer) => Buffer | undefined): string {
  const bytes = Buffer.from(readFileSync(at(name)));
  const path = at(`changed-${name}`);
  writeFileSync(path, change(bytes) ?? bytes);
  return path;
}

describe("an exported recording, replayed", () => {
  it.each([
    ["edf", ""],
    ["bdf", ""],
    ["hea", ""],
    ["csv", "channel=ppg&rate=100&"],
  ])("as %s has its samples, its losses and its markers, and ends where it ended", async (ending, parameters) => {
    const { samples, stats, warnings, markers } = await replay(`replay:${at(`walk.${ending}`)}?${parameters}speed=20`);
    expect(warnings).toEqual([]);
    expect(stats).toMatchObject({ samples: (FRAMES - 4) * 20, lost: 80 });
    for (let n = 0; n < FRAMES * 20 + 100; n++)
      expect(samples.get(n), String(n)).toBe(n >= FRAMES * 20 || lost(Math.floor(n / 20)) ? undefined : countOf(n));
    expect(markers.map(({ name, by }) => [name, by])).toEqual([
      ["stairs", "file"],
      ["rest, sitting", "file"],
    ]);
    for (const [i, seconds] of [1.2, 8.2].entries()) {
      expect(Math.abs((markers[i]!.seconds as number) - seconds)).toBeLessThan(0.05);
      expect(Math.abs((markers[i]!.at as number) - (STARTED + 1000 * seconds))).toBeLessThan(50);
    }
  });

  it("tells its markers in the run, between the predictions of their time", async () => {
    const from = `replay:${at("walk.edf")}?speed=5`;
    const { code, stderr, lines } = await biox(["run", at("tiny"), "--from", from, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const told = lines.filter(({ type, name }) => type === "event" && name === "marker");
    expect(told.map(({ data }) => data.name)).toEqual(["stairs", "rest, sitting"]);
  });
});

describe("a damaged EDF file", () => {
  const write = (text: string, from: number, size: number) => (bytes: Buffer) => {
    bytes.write(text.padEnd(size), from, size, "latin1");
    return undefined;
  };
  it.each<[string, (bytes: Buffer) => Buffer | undefined, string]>([
    [
      "a wrong length of its header",
      write("512", 184, 8),
      "says that its header has 512 bytes, but that of 2 signals has 768",
    ],
    ["a length of its header that is none", write("many", 184, 8), "the length of the header to be a number"],
    ["a number of data records that is none", write("-2", 236, 8), "a whole number from -1 to"],
    ["data records without samples", write("0       0", 256 + 2 * 216, 16), "holds no signals, only annotations"],
    ["no whole data record", (bytes) => bytes.subarray(0, 768 + 20), "holds no whole data record"],
    ["data records of no time", write("0", 244, 8), "its data records last 0 s"],
  ])("with %s is refused", async (_, change, message) => {
    const path = changed("walk.edf", change);
    await expect(replay(`replay:${path}?speed=100`)).rejects.toMatchObject({
      code: "FILE_INVALID",
      message: expect.stringContaining(message),
    });
  });

  it.each<[string, (bytes: Buffer) => Buffer | undefined, string, number]>([
    [
      "fewer data records than announced",
      (bytes) => bytes.subarray(0, 768 + Math.floor(2.5 * recordBytes(bytes))),
      "announces 10 data records, but 2 whole ones are there: it was cut off",
      200,
    ],
    ["-1 data records", write("-1", 236, 8), "does not say how many data records it has (-1)", 860],
    ["fewer data records announced", write("2", 236, 8), "behind the 2 data records that it announces", 200],
    ["a date that is none", write("31.02.2607.08.09", 168, 16), "starts at '31.02.2607.08.09', which is no date", 860],
    ["a time that is none", write("05.03.26xx.08.09", 168, 16), "which is no date and time", 860],
    [
      "a damaged annotation",
      (bytes) => {
        bytes.write("q", bytes.indexOf("stairs") - 3, "latin1");
        return undefined;
      },
      "has 1 damaged annotation",
      860,
    ],
  ])("with %s is replayed as far as it is whole, and says so", async (_, change, message, samples) => {
    const { stats, warnings } = await replay(`replay:${changed("walk.edf", change)}?speed=100`);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(message);
    expect(stats.samples).toBe(samples);
  });

  it("says so on stderr and as an event", async () => {
    const path = changed("walk.edf", write("-1", 236, 8));
    const { code, stderr, lines } = await biox(["run", at("tiny"), "--from", `replay:${path}?speed=20`, "--json"]);
    expect(code).toBe(0);
    const message = `${path} does not say how many data records it has (-1), as where a recorder was cut off: 10 are there and are read.`;
    expect(stderr).toBe(`biox: ${message}\n`);
    expect(lines.filter(({ type }) => type === "warning")).toEqual([
      { type: "warning", source: `replay:${path}?speed=20`, message },
    ]);
  });
});

describe("a damaged WFDB record", () => {
  const header = (change: (line: string) => string) => () =>
    Buffer.from(readFileSync(at("walk.hea"), "utf8").split("\n").map(change).join("\n"));
  const signal = (field: number, value: (text: string) => string) =>
    header((line) => {
      if (!line.startsWith("walk.dat")) return line;
      const fields = line.split(" ");
      return fields.map((text, i) => (i === field ? value(text) : text)).join(" ");
    });

  it.each<[string, () => Buffer, string, string]>([
    [
      "another checksum",
      signal(6, (text) => String(Number(text) + 1)),
      "FILE_INVALID",
      "says that the checksum of ppg is",
    ],
    [
      "another first value",
      signal(5, () => "77"),
      "FILE_INVALID",
      "says that the first number of ppg is 77, but it is 100",
    ],
    ["no signal file", signal(0, () => "none.dat"), "FILE_UNREADABLE", "none.dat"],
    ["an empty signal file", signal(0, () => "empty.dat"), "FILE_INVALID", "its signal file is empty"],
  ])("with %s is refused", async (_, change, code, message) => {
    writeFileSync(at("empty.dat"), "");
    const path = changed("walk.hea", change);
    await expect(replay(`replay:${path}?speed=100`)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it.each<[string, () => Buffer, string, number]>([
    [
      "more samples announced",
      header((l) => l.replace(/^walk 1 100 940/, "walk 1 100 2000")),
      "announces 2000 samples of a signal, but 940 are there",
      860,
    ],
    [
      "a date that is none",
      header((l) => l.replace("05/03/2026", "45/03/2026")),
      "45/03/2026', which is no time and date",
      860,
    ],
  ])("with %s is replayed, and says so", async (_, change, message, samples) => {
    const { stats, warnings } = await replay(`replay:${changed("walk.hea", change)}?speed=100`);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(message);
    expect(stats.samples).toBe(samples);
  });

  it("with bytes behind its samples, or annotations that are cut off, is replayed, and says so", async () => {
    const dat = readFileSync(at("walk.dat"));
    writeFileSync(at("longer.dat"), Buffer.concat([dat, Buffer.alloc(6, 1)]));
    writeFileSync(at("changed-walk.atr"), readFileSync(at("walk.atr")).subarray(0, -7));
    const path = changed(
      "walk.hea",
      signal(0, () => "longer.dat"),
    );
    const { stats, warnings, markers } = await replay(`replay:${path}?speed=100`);
    rmSync(at("changed-walk.atr"));
    expect(stats.samples).toBe(860);
    expect(markers[0]).toMatchObject({ name: "stairs" });
    expect(warnings).toEqual([
      `${at("longer.dat")} has 6 bytes behind the 940 samples of a signal that ${path} announces: they are not read.`,
      `${at("changed-walk.atr")} ends in the middle of its annotations: markers behind that are not known.`,
    ]);
  });
});

/** Bytes of a data record: the samples of both signals, as the header has them. */
function recordBytes(bytes: Buffer): number {
  const count = Number(bytes.toString("latin1", 252, 256));
  const column = 256 + count * 216;
  const cells = Array.from({ length: count }, (_, i) => bytes.toString("latin1", column + 8 * i, column + 8 * i + 8));
  return 2 * cells.reduce((sum, text) => sum + Number(text), 0);
}
