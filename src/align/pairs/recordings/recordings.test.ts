import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readSafetensors } from "../../../bundle/index.js";
import { compilePreparation, parseSteps } from "../../../prepare/index.js";
import { openPairs } from "../open-pairs.js";
import { readDescription } from "./read-description.js";

const folder = mkdtempSync(join(tmpdir(), "biox-recordings-"));
afterAll(() => rmSync(folder, { recursive: true }));

const zscore = { step: "zscore" };
const cast = { step: "cast", dtype: "float32" };
const ppg = (i: number): number => Math.round(1000 * Math.sin(i / 7) + i);
const ecg = (i: number): number => Math.round(500 * Math.cos(i / 3) - i);

/** A CSV of ten samples a second (or as `rate` says), each row at `i / rate`, without those that `skip` says. */
function csv(
  name: string,
  columns: Record<string, (i: number) => number | string>,
  rows: number,
  skip: (i: number) => boolean = () => false,
): void {
  const lines = [Object.keys(columns).join(",")];
  for (let i = 0; i < rows; i++)
    if (!skip(i))
      lines.push(
        Object.values(columns)
          .map((of) => of(i))
          .join(","),
      );
  writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
}

function describeAs(recordings: unknown, more: { new?: object; old?: object; window?: object } = {}): void {
  const description = {
    new: { columns: ["ppg"], rate: 10, prepare: [zscore, cast], ...more.new },
    old: { columns: ["ecg"], rate: 10, prepare: [{ step: "scale", factor: 0.5 }, cast], ...more.old },
    window: { seconds: 4, hop: 2, ...more.window },
    recordings,
  };
  writeFileSync(join(folder, "pairs.yaml"), stringify(description));
}

/** What the steps make of samples `begin` to `end`. */
function prepared(steps: unknown[], of: (i: number) => number, begin: number, end: number): Float32Array {
  const preparation = compilePreparation(parseSteps(steps), { channels: 1, samples: end - begin, rate: 10 });
  const out = preparation.createOutput();
  preparation.prepareWindow([Float64Array.from({ length: end - begin }, (_, i) => of(begin + i))], out);
  return out as Float32Array;
}

const seconds = (i: number): number => i / 10;

describe("a folder of recordings", () => {
  it("gives windows of one file, cut and prepared on both sides", async () => {
    csv("one.csv", { ppg, ecg, zone: (i) => (i < 50 ? 0 : 1) }, 100);
    describeAs([{ file: "one.csv", subject: 7, split: "val", label: "zone" }], { old: { seconds: 2 } });
    const pairs = await openPairs(folder, { classes: 2 });
    expect([pairs.length, pairs.new.shape, pairs.old.shape]).toEqual([4, [1, 40], [1, 20]]);
    const [a, b] = [new Float32Array(40), new Float32Array(20)];
    for (let k = 0; k < 4; k++) {
      pairs.new.read(k, a);
      pairs.old.read(k, b);
      expect(a).toEqual(prepared([zscore, cast], ppg, 20 * k, 20 * k + 40));
      expect(b).toEqual(Float32Array.from({ length: 20 }, (_, i) => ecg(20 * k + 20 + i) / 2));
    }
    expect([...pairs.labels!]).toEqual([0, 0, 1, 1]);
    expect([pairs.subjects![0], pairs.splits![3]]).toEqual(["7", "val"]);
    expect(pairs.where(2)).toBe(`window at 4 s of ${join(folder, "one.csv")}, row 41`);
    const file = readFileSync(join(folder, "one.csv"));
    expect(pairs.sources[1]).toEqual({
      ...{ file: join(folder, "one.csv"), bytes: file.length },
      sha256: createHash("sha256").update(file).digest("hex"),
    });
    pairs.close();
  });

  it("lines two files up by their times, and leaves windows with gaps out", async () => {
    csv("p.csv", { t: seconds, ppg }, 200);
    // Begins 0.5 s later, in ms, and lacks 3 samples at 10 s.
    csv("e.csv", { ms: (i) => 500 + 100 * i, ecg: (i) => ecg(i + 5) }, 195, (i) => i > 95 && i < 99);
    describeAs([{ new: "p.csv", old: { file: "e.csv", time: "ms", timeUnit: "ms" } }], { new: { time: "t" } });
    const pairs = await openPairs(join(folder, "pairs.yaml"));
    const [a, b] = [new Float32Array(40), new Float32Array(40)];
    // Windows end at 4.5, 6.5, ... s; those that end at 10.5 and 12.5 s hold the gap.
    const ends = [45, 65, 85, 145, 165, 185];
    expect(pairs.length).toBe(ends.length);
    for (const [row, end] of ends.entries()) {
      pairs.new.read(row, a);
      pairs.old.read(row, b);
      expect(a).toEqual(prepared([zscore, cast], ppg, end - 40, end));
      expect([...b]).toEqual(Array.from({ length: 40 }, (_, i) => ecg(end - 40 + i) / 2));
    }
    expect(pairs.notes).toEqual([`2 of 8 windows of ${join(folder, "p.csv")} have gaps and are left out`]);
    expect(pairs.labels).toBeUndefined();
    expect(pairs.subjects![0]).toBe("p");
    pairs.close();
  });

  it("filters with a state as over a continuous recording", async () => {
    const steps = [{ step: "lowpass", cutoff: 2, order: 2, mode: "causal" }, cast];
    csv("one.csv", { ppg, ecg }, 100);
    describeAs([{ file: "one.csv" }], { new: { prepare: steps } });
    const pairs = await openPairs(folder);
    const whole = prepared(steps, ppg, 0, 100);
    const window = new Float32Array(40);
    for (const row of [3, 0]) {
      pairs.new.read(row, window);
      expect(window).toEqual(whole.slice(20 * row, 20 * row + 40));
    }
    pairs.close();
  });

  it("takes recordings of different rates where the steps bring them to one", async () => {
    csv("slow.csv", { ppg, ecg }, 100);
    csv("fast.csv", { ppg: (i) => ppg(i / 2), ecg: (i) => ecg(i / 2) }, 200);
    const fast = (file: string) => ({ file, rate: 20 });
    const recordings = [{ file: "slow.csv" }, { new: fast("fast.csv"), old: fast("fast.csv") }];
    describeAs(recordings);
    const pairs = await openPairs(folder);
    expect([pairs.length, pairs.new.shape]).toEqual([8, [1, 40]]);
    pairs.close();
  });

  const other = [{ new: "p.csv", old: "e.csv" }];
  it.each<[string, () => void, string | RegExp]>([
    [
      "a NaN, by its line",
      () => {
        csv("one.csv", { ppg, ecg: (i) => (i === 41 ? "NaN" : ecg(i)) }, 100);
        describeAs([{ file: "one.csv" }]);
      },
      "one.csv line 43, column 'ecg': expected a finite number, but found 'NaN'",
    ],
    [
      "a file that is missing",
      () => {
        csv("p.csv", { ppg }, 100);
        rmSync(join(folder, "e.csv"), { force: true });
        describeAs(other);
      },
      /File '.*e\.csv' does not exist/,
    ],
    [
      "a column that is missing",
      () => {
        csv("p.csv", { ppg }, 100);
        csv("e.csv", { ppg }, 100);
        describeAs(other);
      },
      "e.csv has no column 'ecg'; it has ppg.",
    ],
    [
      "files of different lengths",
      () => {
        csv("p.csv", { ppg }, 100);
        csv("e.csv", { ecg }, 130);
        describeAs(other);
      },
      /p\.csv ends at row 100 and covers 0\.00 to 10\.00 s, but .*e\.csv covers 0\.00 to 13\.00 s: 3\.00 s more/,
    ],
    [
      "a clock that drifts",
      () => {
        csv("p.csv", { t: seconds, ppg }, 2000);
        csv("e.csv", { t: (i) => i * 0.1015, ecg }, 1970);
        describeAs(other, { new: { time: "t" }, old: { time: "t" } });
      },
      /e\.csv row 133[345]: the clock drifts: there the time column is 2\.00 s ahead of what 10 samples a second make/,
    ],
    [
      "times of another unit",
      () => {
        csv("p.csv", { t: (i) => i * 100, ppg }, 100);
        csv("e.csv", { t: seconds, ecg }, 100);
        describeAs(other, { new: { time: "t" }, old: { time: "t" } });
      },
      "p.csv: the time column gives 0.01000 samples a second, but expected are 10.",
    ],
    [
      "times that do not ascend",
      () => {
        csv("p.csv", { clock: (i) => (i === 50 ? 4.9 : i / 10), ppg }, 100);
        csv("e.csv", { t: seconds, ecg }, 100);
        describeAs(other, { new: { time: "clock" }, old: { time: "t" } });
      },
      "p.csv row 51: the time is 4.9, but expected is one after 4.9",
    ],
    [
      "files of different times",
      () => {
        csv("p.csv", { t: seconds, ppg }, 100);
        csv("e.csv", { t: (i) => 100 + i / 10, ecg }, 100);
        describeAs(other, { new: { time: "t" }, old: { time: "t" } });
      },
      "they have no time in common",
    ],
    [
      "a subject in two splits",
      () => {
        csv("one.csv", { ppg, ecg }, 100);
        const one = { file: "one.csv", subject: "a" };
        describeAs([
          { ...one, split: "pair" },
          { ...one, split: "val" },
        ]);
      },
      /Subject 'a' is in two splits: 'pair' \(window at 0 s of .*one\.csv, row 1\) and 'val'/,
    ],
    [
      "labels that are no classes",
      () => {
        csv("one.csv", { ppg, ecg, zone: (i) => i / 4 }, 100);
        describeAs([{ file: "one.csv", label: "zone" }]);
      },
      "one.csv row 2: the label is 0.25",
    ],
    [
      "recordings that are too short",
      () => {
        csv("one.csv", { ppg, ecg }, 39);
        describeAs([{ file: "one.csv" }]);
      },
      "no recording holds a whole window of 4 s",
    ],
    [
      "steps that do not exist",
      () => describeAs([{ file: "one.csv" }], { new: { prepare: [{ step: "magic" }] } }),
      "pairs.yaml, 'new': Prepare step 1 has the unknown name 'magic'",
    ],
    [
      "a rate of 0",
      () => describeAs([{ file: "one.csv" }], { new: { rate: 0 } }),
      "expected new.rate to be a number of hertz above 0, but received 0",
    ],
    ["a misspelt key", () => describeAs([{ file: "one.csv", lable: 1 }]), "expected no key 'lable' in recordings[0]"],
    ["no recordings", () => describeAs([]), "expected recordings to be a list of at least one recording"],
    [
      "one side only",
      () => describeAs([{ new: "p.csv" }]),
      "expected recordings[0] to have either 'file', or 'new' and 'old'",
    ],
    [
      "a file that is not YAML",
      () => writeFileSync(join(folder, "pairs.yaml"), "new: [1"),
      /pairs\.yaml is not YAML: .*line 1/,
    ],
    ["a folder without a description", () => rmSync(join(folder, "pairs.yaml")), /File '.*pairs\.yaml' does not exist/],
  ])("refuses %s", async (_, prepare, message) => {
    prepare();
    await expect(openPairs(folder)).rejects.toThrow(message);
  });
});

const shared = fileURLToPath(new URL("../../../../../shared/", import.meta.url));
const there = existsSync(`${shared}data/troika`) && existsSync(`${shared}fixture/align`);
if (!there) console.info("skipped: no ../shared/data/troika or no ../shared/fixture/align");
it.runIf(there)("makes the fixture's tokens out of the recordings that they come from", async () => {
  const levels = [
    { step: "quantise", levels: 100, round: "half-even" },
    { step: "cast", dtype: "int64" },
  ];
  const resample = { step: "resample", method: "linear", samples: 500 };
  describeAs([{ file: `${shared}data/troika/04_TYPE01.csv.gz`, subject: "T04" }], {
    new: {
      columns: ["ppg1"],
      rate: 125,
      time: "time_s",
      prepare: [resample, { step: "moving-mean-band", short: 5, long: 75 }, ...levels],
    },
    old: {
      rate: 125,
      time: "time_s",
      seconds: 5,
      prepare: [resample, { step: "moving-mean-band", short: 1, long: 75 }, ...levels],
    },
    window: { seconds: 10, hop: 4 },
  });
  const pairs = await openPairs(folder);
  const { tensors, metadata } = readSafetensors(`${shared}fixture/align/windows.safetensors`);
  const first = JSON.parse(metadata.records!).indexOf("troika/04_TYPE01");
  expect(pairs.length).toBe(53);
  const row = new Int32Array(500);
  for (const [side, name] of [
    [pairs.new, "tokens_ppg"],
    [pairs.old, "tokens_ecg"],
  ] as const) {
    const expected = tensors.get(name)!.data as Int32Array;
    for (let n = 0; n < 53; n++) {
      side.read(n, row);
      expect(row, `${name} ${n}`).toEqual(expected.slice((first + n) * 500, (first + n + 1) * 500));
    }
  }
  pairs.close();
});

it("the documentation's example can be read", async () => {
  const text = readFileSync(new URL("../../../../docs/select.md", import.meta.url), "utf8");
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(text)!;
  writeFileSync(join(folder, "pairs.yaml"), example!);
  const { recordings, new: side } = await readDescription(join(folder, "pairs.yaml"));
  expect(recordings).toHaveLength(3);
  expect(parseSteps(side.prepare)).toHaveLength(4);
});
