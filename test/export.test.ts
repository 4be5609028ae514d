/** Recordings in formats that other programs read: checked by pyEDFlib, MNE and wfdb where Python has them, and by reading them back. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportRecording, openSource, RecordingWriter } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { packMap } from "../src/devices/biox/messagepack.js";
import { encodeFrame, FrameKind } from "../src/framing/index.js";
import { biox, type Line } from "./support/biox.js";

const VENV = fileURLToPath(new URL("../build/readers/bin/python", import.meta.url));
const PYTHON = process.env.BIOX_PYTHON ?? (existsSync(VENV) ? VENV : "python3");
const SCRIPT = fileURLToPath(new URL("../tools/golden/read_exports.py", import.meta.url));
const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-export-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const STARTED = Date.UTC(2026, 2, 5, 9, 8, 7, 250);
const channel = (name: string, unit: string, scale = 1, offset = 0) => ({ name, unit, scale, offset });
type Stream = { name: string; channels: ReturnType<typeof channel>[]; rate: number; format: string };
const PULSE: Stream = {
  name: "pulse",
  channels: [channel("ppg", "adc"), channel("ir", "µA", 0.5, -3)],
  rate: 100,
  format: "i16",
};
const MOTION: Stream = { name: "motion", channels: [channel("acc", "g", 1 / 4096)], rate: 25, format: "i16" };
const WIDE: Stream = { name: "wide", channels: [channel("ppg", "adc")], rate: 100, format: "i32" };
const FLOAT: Stream = { name: "float", channels: [channel("ecg", "mV")], rate: 100, format: "f32" };

/** A recording of `seconds`, of which the frames that `lost` names are missing; each frame is 0.2 s of each stream. */
async function record(
  path: string,
  streams: readonly Stream[],
  count: (stream: number, channel: number, n: number) => number,
  { seconds = 20, lost = (_: number): boolean => false, markers = [] as [frame: number, name: string][] } = {},
): Promise<void> {
  const writer = await RecordingWriter.create(path, {
    device: "biox",
    options: {},
    baud: 115200,
    port: "p",
    started: STARTED,
  });
  const hello = {
    device: "watch 7",
    firmware: "1",
    clockHz: 1_000_000,
    speed: 1,
    streams: streams.map((s, id) => ({ id, next: 0, ...s })),
  };
  writer.write(encodeFrame({ kind: FrameKind.hello, payload: packMap(hello) }), STARTED);
  for (let frame = 0; frame < seconds * 5; frame++) {
    const arrival = STARTED + (frame + 1) * 200;
    for (const [id, { rate, channels, format }] of streams.entries()) {
      const n = rate / 5;
      const counts = Array.from({ length: n * channels.length }, (_, i) =>
        count(id, i % channels.length, frame * n + Math.floor(i / channels.length)),
      );
      const typed =
        format === "i16"
          ? Int16Array.from(counts)
          : format === "i32"
            ? Int32Array.from(counts)
            : Float32Array.from(counts);
      if (!lost(frame))
        writer.write(
          encodeFrame({
            kind: FrameKind.samples,
            stream: id,
            count: n,
            index: frame * n,
            timeUs: frame * 200_000,
            payload: new Uint8Array(typed.buffer),
          }),
          arrival,
        );
    }
    for (const [when, name] of markers) if (when === frame) writer.mark({ at: arrival, name, by: "http" });
  }
  await writer.close();
}

/** Raw counts of a wave that uses much of 16 bits. */
const wave = (stream: number, c: number, n: number): number =>
  Math.round(20_000 * Math.sin(n / (7 + stream + c)) + 10 * c);
const python = spawnSync(PYTHON, ["-c", "import mne, pyedflib, wfdb"]).status === 0;
if (!python) process.stdout.write("skipped: no Python with mne, pyedflib and wfdb\n");

/** Values as the CSV has them, null where lost. */
function table(path: string): (number | null)[][] {
  const [head, ...rows] = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((row) => row.split(","));
  return head!.slice(2).map((_, c) => rows.map((row) => (row[c + 2] === "" ? null : Number(row[c + 2]))));
}

describe("biox export", () => {
  const reports: Record<string, Line> = {};
  /** Two losses: one frame, and three seconds. */
  const lost = (frame: number): boolean => frame === 12 || (frame >= 40 && frame < 55);
  let read: Line;
  beforeAll(async () => {
    await record(at("one.bioxrec"), [PULSE], wave, {
      lost: (frame) => frame === 12,
      markers: [
        [5, "stairs"],
        [70, 'rest, "sitting"'],
      ],
    });
    await record(at("two.bioxrec"), [PULSE, MOTION], wave, { lost });
    for (const ending of ["edf", "bdf", "hea", "csv"]) {
      const { code, stderr, lines } = await biox(["export", at("one.bioxrec"), "--to", at(`one.${ending}`)]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      reports[ending] = lines[0];
    }
    if (python) read = JSON.parse(execFileSync(PYTHON, [SCRIPT, at("one")], { encoding: "utf8", maxBuffer: 1 << 26 }));
  });

  it("reports what it wrote", () => {
    expect(reports.edf).toMatchObject({
      type: "exported",
      format: "edf",
      files: [at("one.edf")],
      markers: 2,
      notes: [],
    });
    expect(reports.edf.streams).toMatchObject([{ name: "pulse", rate: 100, samples: 1980, lost: 20 }]);
    expect(reports.hea.files).toEqual([at("one.hea"), at("one.dat"), at("one.atr")]);
    expect(reports.csv.files).toEqual([at("one.csv"), at("one.markers.csv")]);
    for (const { streams } of Object.values(reports))
      for (const { unit, error } of streams[0].channels) expect(error, unit).toBeLessThan(unit === "adc" ? 1e-9 : 0.01);
  });

  it("CSV has every sample with its time, and lost ones empty", () => {
    const [ppg, ir] = table(at("one.csv"));
    expect(ppg).toHaveLength(2000);
    ppg!.forEach((value, n) => {
      const missing = n >= 240 && n < 260;
      expect(value).toBe(missing ? null : wave(0, 0, n));
      expect(ir![n]).toBe(missing ? null : wave(0, 1, n) * 0.5 - 3);
    });
    const rows = readFileSync(at("one.csv"), "utf8").trim().split("\n").slice(1);
    rows.forEach((row, n) => {
      const [time, sample] = row.split(",").map(Number);
      expect(sample).toBe(n);
      // The last sample of a frame arrives with it.
      expect(Math.abs(time! - (STARTED + 10 * (n + 1)))).toBeLessThan(15);
    });
    expect(readFileSync(at("one.markers.csv"), "utf8")).toBe(
      `time,name,by\n${STARTED + 1200},stairs,http\n${STARTED + 14200},"rest, ""sitting""",http\n`,
    );
  });

  it.runIf(python).each([["edf"], ["bdf"]])("%s is what pyEDFlib and MNE expect", (kind) => {
    const file = read[kind];
    expect(file).toMatchObject({ rates: [100, 100], labels: ["ppg", "ir"], units: ["adc", "uA"] });
    const start = Date.parse(`${file.start.slice(0, 19)}Z`) + file.subsecond * 1000;
    expect(Math.abs(start - STARTED)).toBeLessThan(20);
    const [ppg, ir] = file.values as number[][];
    expect(ppg).toHaveLength(2000);
    for (let n = 0; n < 2000; n++) {
      const from = n >= 240 && n < 260 ? 239 : n; // a lost sample keeps the value before it
      expect(Math.abs(ppg![n]! - wave(0, 0, from))).toBeLessThan(1e-6);
      expect(Math.abs(ir![n]! - (wave(0, 1, from) * 0.5 - 3))).toBeLessThan(0.01);
    }
    const [lost, ...marked] = [file.annotations[1], file.annotations[0], file.annotations[2]];
    expect(lost[2]).toBe("lost 20 samples");
    expect([lost[0], lost[1]]).toEqual([2.4, 0.2].map((x) => expect.closeTo(x, 3)));
    expect(marked.map((annotation: [number, number, string]) => annotation[2])).toEqual(["stairs", 'rest, "sitting"']);
    expect(Math.abs(marked[0][0] - 1.2)).toBeLessThan(0.03);
    expect(file.mne).toEqual({ labels: ["ppg", "ir"], annotations: ["lost 20 samples", 'rest, "sitting"', "stairs"] });
  });

  it.runIf(python)("WFDB is what wfdb expects, with lost samples as missing", () => {
    const file = read.wfdb;
    expect(file).toMatchObject({ rate: 100, names: ["ppg", "ir"], units: ["adc", "uA"] });
    expect(Math.abs(Date.parse(`${file.start}Z`) - STARTED)).toBeLessThan(20);
    expect(file.values).toEqual(table(at("one.csv")));
    const [said, computed] = file.checksums.map((sums: number[]) => sums.map((sum) => sum & 0xffff));
    expect(said).toEqual(computed);
    expect(file.annotations.map(([, text]: [number, string]) => text)).toEqual(["stairs", 'rest, "sitting"']);
    // Behind the 1023 samples that one word of the format can step over.
    expect(Math.abs(file.annotations[1][0] - 1420)).toBeLessThan(3);
  });

  it("EDF of two rates leaves out what was lost for longer than a data record, and keeps the time", async () => {
    const report = await exportRecording(at("two.bioxrec"), at("two.edf"));
    expect(report.streams.map(({ name, samples, lost }) => [name, samples, lost])).toEqual([
      ["pulse", 1680, 320],
      ["motion", 420, 80],
    ]);
    const header = readFileSync(at("two.edf"), "latin1");
    expect(header.slice(192, 197)).toBe("EDF+D");
    // 20 s and a little, as the streams begin up to a sample apart, but for two or three whole seconds of the three.
    const records = Number(header.slice(236, 244));
    expect([17, 18, 19]).toContain(records);
    expect(header.slice(88, 168).trim()).toBe("Startdate 05-MAR-2026 X X watch_7 times_are_UTC");
    const found = await replayed(`replay:${at("two.edf")}?speed=100`);
    // What was lost is missing again, within data records too, and nothing stands behind the end of a stream.
    for (const [name, rate, channel, scale] of [
      ["pulse", 100, 0, 1],
      ["motion", 25, 1, 1 / 4096],
    ] as const) {
      const stream = found.get(name)!;
      expect(Math.max(...stream.keys())).toBe(20 * rate - 1);
      for (let n = 0; n < 20 * rate; n++) {
        const frame = Math.floor((5 * n) / rate);
        if (lost(frame)) expect(stream.has(n)).toBe(false);
        else expect(stream.get(n)![0]).toBeCloseTo(wave(channel, 0, n) * scale, 3);
      }
    }
  });

  it("WFDB and CSV of two streams are two of each; --stream writes one", async () => {
    const { files } = await exportRecording(at("two.bioxrec"), at("two.hea"));
    expect(files).toEqual(["pulse.hea", "pulse.dat", "motion.hea", "motion.dat"].map((name) => at(`two-${name}`)));
    await exportRecording(at("two.bioxrec"), at("two.csv"));
    const one = await biox(["export", at("two.bioxrec"), "--to", at("single.csv"), "--stream", "motion"]);
    expect(one.lines[0].streams).toHaveLength(1);
    expect(readFileSync(at("single.csv"), "utf8")).toBe(readFileSync(at("two-motion.csv"), "utf8"));
    const found = await replayed(`replay:${at("two-pulse.hea")}?speed=100`);
    const [ppg] = table(at("two-pulse.csv"));
    ppg!.forEach((value, n) => {
      if (value === null) expect(found.get("100 Hz")!.get(n)?.[0] ?? Number.NaN).toBeNaN();
      else expect(found.get("100 Hz")!.get(n)![0]).toBe(value);
    });
  });

  it("says what 16 bits cannot hold, and 24 do", async () => {
    const path = at("wide.bioxrec");
    await record(path, [WIDE], (_, __, n) => 100_000 + n * 40, { seconds: 40 });
    const edf = await biox(["export", path, "--to", at("wide.edf")]);
    expect(edf.stderr).toMatch(
      /^biox: ppg needs 19 bits, the file has 16: one step of it is 2\.44\d* adc; \.bdf has 24 bits\.\n$/,
    );
    const [channel] = edf.lines[0].streams[0].channels;
    expect(channel.error).toBeGreaterThan(0.5);
    expect(channel.error).toBeLessThan(1.3);
    for (const ending of ["bdf", "hea"]) {
      const { stderr, lines } = await biox(["export", path, "--to", at(`wide.${ending}`)]);
      expect(stderr).toBe("");
      expect(lines[0].streams[0].channels[0]).toEqual({ name: "ppg", unit: "adc", bits: 24, error: 0 });
    }
    const read = await replayed(`replay:${at("wide.bdf")}?speed=100`);
    expect(read.get("wide")!.get(3999)![0]).toBeCloseTo(100_000 + 3999 * 40, 6);
  });

  it("a signal of a float format keeps what the report says", async () => {
    const path = at("float.bioxrec");
    const value = (n: number): number => Math.fround(-0.7 + 1.3 * Math.sin(n / 9));
    await record(path, [FLOAT], (_, __, n) => value(n));
    for (const [ending, worst] of [
      ["edf", 2.1e-5],
      ["bdf", 1e-6],
      ["hea", 1e-8],
    ] as const) {
      const { streams } = await exportRecording(path, at(`float.${ending}`));
      const { error } = streams[0]!.channels[0]!;
      expect(error).toBeLessThan(worst);
      const read = await replayed(`replay:${at(`float.${ending}`)}?speed=100`);
      let most = 0;
      const stream = read.get(ending === "hea" ? "ecg" : "float")!;
      for (let n = 0; n < 2000; n++) most = Math.max(most, Math.abs(stream.get(n)![0]! - value(n)));
      expect(most).toBeLessThanOrEqual(error * 1.001 + 1e-12);
    }
  });

  it.each([
    [["--to", "x.mat"], "to end in one of .edf, .bdf, .hea, .csv"],
    [["--to", at("one.edf")], "it exists already"],
    [["--to", at("a b.hea")], "cannot name a WFDB record"],
    [["--to", at("new.csv"), "--stream", "ecg"], "has no stream 'ecg'; it has pulse"],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await biox(["export", at("one.bioxrec"), ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it("leaves nothing half-written on a full disk, and nothing of a recording without samples", async () => {
    const before = readdirSync(folder).sort();
    for (const ending of ["edf", "hea", "csv"]) {
      const args = [MAIN, "export", at("two.bioxrec"), "--to", at(`cramped.${ending}`), "--stream", "pulse"];
      const script = `trap "" XFSZ; ulimit -f 4; exec "$@"`;
      const { status, stderr } = spawnSync("sh", ["-c", script, "sh", process.execPath, ...args], { encoding: "utf8" });
      expect(stderr).toMatch(/^biox: File '.*cramped.*' cannot be written/);
      expect(status).toBe(1);
    }
    expect(readdirSync(folder).sort()).toEqual(before);
    await record(at("empty.bioxrec"), [PULSE], wave, { seconds: 2, lost: () => true });
    await expect(exportRecording(at("empty.bioxrec"), at("empty.edf"))).rejects.toMatchObject({
      code: "FILE_INVALID",
      message: expect.stringContaining("holds no sample"),
    });
    writeFileSync(at("no.bioxrec"), "text");
    await expect(exportRecording(at("no.bioxrec"), at("no.edf"))).rejects.toMatchObject({ code: "FILE_INVALID" });
    expect(existsSync(at("empty.edf"))).toBe(false);
  });
});

describe("a replay of another's file", () => {
  const MITDB = fileURLToPath(new URL("../../shared/data/wfdb_samples/mitdb/100.hea", import.meta.url));
  if (!existsSync(MITDB)) process.stdout.write("skipped: no ../shared/data/wfdb_samples\n");

  it.runIf(existsSync(MITDB))("runs a bundle on a channel of MIT-BIH", async () => {
    const bundle = at("tiny");
    await buildTinyBundle(bundle, { rate: 100, seconds: 2, hop: 0.5 });
    const args = ["--from", `replay:${MITDB}?channel=MLII&speed=50`, "--duration", "2", "--json"];
    const { code, stderr, lines } = await biox(["run", bundle, ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines[0].streams[0]).toMatchObject({
      name: "360 Hz",
      rate: 360,
      channels: [{ name: "MLII", unit: "mV" }, { name: "V5" }],
    });
    expect(lines.filter(({ type }) => type === "prediction").length).toBeGreaterThan(10);
    expect(lines.at(-1)).toMatchObject({ type: "summary", lost: 0 });
  });

  it("counts its gaps as lost, and refuses a rate", async () => {
    const path = at("gap.hea");
    writeFileSync(path, "gap 1 100 400\ngap.dat 16 10/mV 16 0 0 0 0 ecg\n");
    const digits = Int16Array.from({ length: 400 }, (_, n) => (n >= 150 && n < 190 ? -32768 : n));
    writeFileSync(at("gap.dat"), new Uint8Array(digits.buffer));
    const source = await openSource(`replay:${path}?speed=10`);
    if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
    await source.close();
    expect(source.stats).toMatchObject({ samples: 360, lost: 40 });
    await expect(openSource(`replay:${path}?rate=50`)).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: `${path} knows its rate, but rate=50 was given.`,
    });
  });
});

/** Samples of a replay by stream and number. */
async function replayed(uri: string): Promise<Map<string, Map<number, number[]>>> {
  const found = new Map<string, Map<number, number[]>>();
  const source = await openSource(uri, {
    onSource: (opened) =>
      opened.on("samples", ({ stream, index, count, values, channels }) => {
        const samples = found.get(stream) ?? new Map<number, number[]>();
        found.set(stream, samples);
        const width = channels.length;
        for (let i = 0; i < count; i++) samples.set(index + i, [...values.subarray(i * width, (i + 1) * width)]);
      }),
  });
  if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
  expect(source.failure).toBeUndefined();
  await source.close();
  return found;
}
