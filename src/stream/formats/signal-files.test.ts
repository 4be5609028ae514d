/** Files that pyEDFlib and wfdb wrote, read as they read them, and what is damaged refused in a sentence. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { BioxError } from "../../errors.js";
import { randomNumbers } from "../testing/random-numbers.js";
import { isEdf, openEdf } from "./edf-read.js";
import type { SignalFile } from "./signal-file.js";
import { openWfdb } from "./wfdb-read.js";

const DATA = fileURLToPath(new URL("testdata/", import.meta.url));
const SHARED = fileURLToPath(new URL("../../../../shared/data/wfdb_samples/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-signal-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Sums = [samples: number, missing: number, sum: number, weighted: number];
type Golden = Record<string, Record<string, { rate: number; unit: string; sums: Sums }>>;
const golden: { files: Golden; shared: Golden } = JSON.parse(
  readFileSync(join(DATA, "signal-files.golden.json"), "utf8"),
);

const open = (path: string): Promise<SignalFile> => (path.endsWith(".hea") ? openWfdb(path) : openEdf(path));

/** Samples of each channel of a file in their places; what no block holds is missing. */
async function columns(file: SignalFile): Promise<Map<string, number[]>> {
  const found = new Map(file.streams.flatMap(({ channels }) => channels.map(({ name }) => [name, [] as number[]])));
  for await (const { stream, index, count, values } of file.blocks()) {
    const { channels } = file.streams[stream]!;
    for (const [c, { name }] of channels.entries()) {
      const column = found.get(name)!;
      expect(index).toBeGreaterThanOrEqual(column.length);
      while (column.length < index) column.push(Number.NaN);
      for (let i = 0; i < count; i++) column.push(values[i * channels.length + c]!);
    }
  }
  return found;
}

/** As tools/golden/signal_files.py has them. */
function sums(column: readonly number[]): Sums {
  let [missing, sum, weighted] = [0, 0, 0];
  column.forEach((value, i) => {
    if (Number.isNaN(value)) missing++;
    else {
      sum += value;
      weighted += value * (i % 1000);
    }
  });
  return [column.length, missing, sum, weighted];
}

async function check(path: string, expected: Golden[string]): Promise<void> {
  const file = await open(path);
  const channels = file.streams.flatMap(({ rate, channels }) =>
    channels.map(({ name, unit }) => ({ name, unit, rate })),
  );
  expect(channels.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
  const read = await columns(file);
  for (const { name, unit, rate } of channels) {
    expect({ unit, rate }).toEqual({ unit: expected[name]!.unit, rate: expected[name]!.rate });
    const [samples, missing, sum, weighted] = sums(read.get(name)!);
    const { sums: golden } = expected[name]!;
    expect([samples, missing], name).toEqual(golden.slice(0, 2));
    expect(Math.abs(sum - golden[2]), name).toBeLessThan(1e-9 * (1 + Math.abs(golden[2])) * 100);
    expect(Math.abs(weighted - golden[3]), name).toBeLessThan(1e-9 * (1 + Math.abs(golden[3])) * 100);
  }
}

describe("files of other software", () => {
  it.each(Object.keys(golden.files))("%s has the values that its own library reads", async (name) => {
    await check(join(DATA, name), golden.files[name]!);
  });

  if (!existsSync(SHARED)) process.stdout.write("skipped: no ../shared/data/wfdb_samples\n");
  it.runIf(existsSync(SHARED)).each(Object.keys(golden.shared))("PhysioNet's %s, too", async (name) => {
    await check(join(SHARED, name), golden.shared[name]!);
  });

  it("segments follow one another, and a time without signals is missing", async () => {
    const [whole, first, last] = await Promise.all(
      ["parts.hea", "f16.hea", "f24.hea"].map(async (name) => columns(await openWfdb(join(DATA, name)))),
    );
    for (const name of ["I", "ppg", "acc x"]) {
      const column = whole!.get(name)!;
      expect(column).toHaveLength(101 + 48 + 101);
      expect(column.slice(0, 101)).toEqual(first!.get(name));
      expect(column.slice(101, 149).every(Number.isNaN)).toBe(true);
      expect(column.slice(149)).toEqual(last!.get(name));
    }
  });

  it("a layout describes signals that a segment need not have", async () => {
    for (const end of [".hea", ".dat"]) writeFileSync(join(folder, `f16${end}`), readFileSync(join(DATA, `f16${end}`)));
    const described = ["I", "resp", "ppg", "acc x"].map((name) => `~ 0 200/mV 12 0 0 0 0 ${name}`);
    writeFileSync(join(folder, "vary_layout.hea"), `vary_layout 4 125 0\n${described.join("\n")}\n`);
    writeFileSync(join(folder, "vary.hea"), "vary/3 4 125 151\nvary_layout 0\n~ 50\nf16 101\n");
    const file = await openWfdb(join(folder, "vary.hea"));
    expect(file.warnings).toEqual([]);
    const [read, own] = await Promise.all([columns(file), openWfdb(join(DATA, "f16.hea")).then(columns)]);
    expect([...read.keys()]).toEqual(["I", "resp", "ppg", "acc x"]);
    expect(read.get("I")!.slice(50)).toEqual(own.get("I"));
    expect(read.get("ppg")!.slice(50)).toEqual(own.get("ppg"));
    expect(read.get("resp")!.every(Number.isNaN)).toBe(true);
  });

  it("a data record of a discontinuous file stands at the time that it tells", async () => {
    const whole = readFileSync(join(DATA, "plus.edf"));
    const bytes = Buffer.from(whole);
    bytes.write("EDF+D", 192, "latin1");
    // The times of its three records, one second each: the second is four seconds late.
    const isTime = (text: string): boolean => /^\+[012](\.0*)?$/.test(text.split("\x14\x14")[0]!);
    const times = [...bytes.keys()].filter((at) => isTime(bytes.toString("latin1", at, at + 16)));
    expect(times).toHaveLength(3);
    bytes.write("+5", times[1]!, "latin1");
    bytes.write("+6", times[2]!, "latin1");
    const path = join(folder, "gap.edf");
    writeFileSync(path, bytes);
    const read = await columns(await openEdf(path));
    const before = await columns(await openEdf(join(DATA, "plus.edf")));
    for (const [name, rate] of [
      ["ppg", 125],
      ["acc x", 50],
    ] as const) {
      const column = read.get(name)!;
      expect(column).toHaveLength(7 * rate);
      expect(column.slice(0, rate)).toEqual(before.get(name)!.slice(0, rate));
      expect(column.slice(rate, 5 * rate).every(Number.isNaN)).toBe(true);
      expect(column.slice(5 * rate)).toEqual(before.get(name)!.slice(rate));
    }
  });
});

describe("damaged files", () => {
  const main = (change: (text: string[]) => void) => (bytes: Buffer) => {
    const cells = [8, 80, 80, 8, 8, 8, 44, 8, 8, 4];
    const texts: string[] = [];
    let at = 0;
    for (const size of cells) {
      texts.push(bytes.toString("latin1", at, at + size));
      at += size;
    }
    change(texts);
    at = 0;
    for (const [i, size] of cells.entries()) {
      bytes.write(texts[i]!.padEnd(size), at, size, "latin1");
      at += size;
    }
  };

  it.each<[string, (bytes: Buffer) => void, string]>([
    ["no EDF", (b) => b.write("1", 0), "is not an EDF or BDF file"],
    [
      "a number of signals that is none",
      main((t) => (t[9] = "many")),
      "expected the number of signals to be a number, but found 'many'",
    ],
    ["more signals than there are", main((t) => (t[9] = "900")), "its header is cut off"],
    ["records that last no time", main((t) => (t[8] = "0")), "its data records last 0 s"],
    ["a digital range that is none", (b) => b.write("32767   ", 256 + 3 * 120, "latin1"), "which is no range"],
    [
      "a discontinuous file without times",
      (b) => {
        b.write("EDF+D", 192);
        b.fill(0, 256 * 4);
      },
      "its data record 1 does not say its time",
    ],
  ])("EDF with %s is refused", async (_, change, message) => {
    const bytes = Buffer.from(readFileSync(join(DATA, "plus.edf")));
    change(bytes);
    const path = join(folder, "bad.edf");
    writeFileSync(path, bytes);
    await expect(openEdf(path).then(columns)).rejects.toMatchObject({
      code: "FILE_INVALID",
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ["", "is no WFDB header"],
    ["x 1 100\n", "announces 1 signals, but lists 0"],
    ["x 0 100\n", "without signals"],
    ["x 1 -5\nx.dat 16\n", "claims -5 frames a second"],
    ["x 1 1e9\nx.dat 16\n", "claims 1e9 frames a second"],
    ["x 1 100\nx.dat 17\n", "in format 17, which is none of 16, 24, 32, 61, 80, 212, 310, 311"],
    ["x 1 100\nx.dat 16:3\n", "skewed by 3 samples"],
    ["x 1 100\n../../etc/passwd 16\n", "no file beside it"],
    ["x 1 100\n- 16\n", "no file beside it"],
    ["x/2 1 100\ny 5\n", "announces 2 segments, but lists 1"],
    ["x/1 1 100\n../y 5\n", "which is no name and length"],
    ["x 2 100\nf16.dat 16\nf16.dat 24\n", "two formats or beginnings"],
  ])("WFDB header %j is refused", async (text, message) => {
    const path = join(folder, "x.hea");
    writeFileSync(path, text);
    writeFileSync(join(folder, "f16.dat"), "1234");
    await expect(openWfdb(path).then(columns)).rejects.toMatchObject({
      code: "FILE_INVALID",
      message: expect.stringContaining(message),
    });
  });

  it("a signal file that is missing is named", async () => {
    writeFileSync(join(folder, "lone.hea"), "lone 1 100 10\nnone.dat 16\n");
    await expect(openWfdb(join(folder, "lone.hea")).then(columns)).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining("none.dat"),
    });
  });

  it("cut off or changed anywhere gives samples or a BioxError, and no more samples than bytes", async () => {
    const random = randomNumbers(11);
    let refused = 0;
    for (const name of ["plus.edf", "plus.bdf", "f212.hea", "f310.hea", "several.hea", "parts.hea"]) {
      const whole = readFileSync(join(DATA, name));
      const head = name.endsWith(".hea") ? whole.length : 1024;
      for (const other of ["f16", "f24"])
        for (const end of [".hea", ".dat"])
          writeFileSync(join(folder, other + end), readFileSync(join(DATA, other + end)));
      for (const dat of ["f212.dat", "f310.dat", "several_a.dat", "several_b.dat"])
        writeFileSync(join(folder, dat), readFileSync(join(DATA, dat)));
      for (let k = 0; k < 150; k++) {
        const bytes = Buffer.from(whole.subarray(0, k % 3 === 0 ? Math.floor(random() * whole.length) : whole.length));
        for (let flips = k % 4; flips > 0 && bytes.length > 0; flips--)
          bytes[Math.floor(random() * Math.min(head, bytes.length))] = 32 + Math.floor(random() * 90);
        const path = join(folder, name.endsWith(".hea") ? `fuzz-${basename(name)}` : `fuzz-${name}`);
        writeFileSync(path, bytes);
        try {
          const file = await open(path);
          let samples = 0;
          for await (const { count, values } of file.blocks()) {
            samples += count;
            expect(values.length % count).toBe(0);
            if (samples > 1e6) break;
          }
          expect(samples).toBeLessThan(1e6);
        } catch (error) {
          if (!(error instanceof BioxError)) throw error;
          expect(["FILE_INVALID", "FILE_UNREADABLE"]).toContain(error.code);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  it("a CSV is not taken for EDF", async () => {
    const path = join(folder, "plain.csv");
    writeFileSync(path, "0,1\n2,3\n");
    expect(await isEdf(path)).toBe(false);
    expect(await isEdf(join(DATA, "plus.bdf"))).toBe(true);
  });
});
