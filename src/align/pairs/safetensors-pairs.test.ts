import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readSafetensors, type TensorToWrite, writeSafetensors } from "../../bundle/index.js";
import { openPairs } from "./open-pairs.js";

const folder = mkdtempSync(join(tmpdir(), "biox-pairs-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "pairs.safetensors");

const good = (): Record<string, TensorToWrite> => ({
  new: { shape: [4, 1, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  old: { shape: [4, 3], data: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -12) },
  label: { shape: [4], data: Int32Array.of(0, -1, 1, 0) },
  split: { shape: [4], data: Int32Array.of(0, 1, 1, 2) },
});
const metadata = { subjects: '["a","b","b","c"]', splits: '{"train":0,"pair":1,"val":2}' };

function save(tensors: Record<string, TensorToWrite | undefined>, meta: Record<string, string> = metadata): void {
  const there = Object.entries({ ...good(), ...tensors }).filter(([, tensor]) => tensor !== undefined);
  writeFileSync(path, writeSafetensors(Object.fromEntries(there) as Record<string, TensorToWrite>, meta));
}

describe("pairs in a safetensors file", () => {
  it("reads rows of both sides as the model's type", async () => {
    save({});
    const pairs = await openPairs(path);
    expect(pairs.length).toBe(4);
    expect([pairs.new.dtype, pairs.new.shape, pairs.old.dtype, pairs.old.shape]).toEqual([
      "float32",
      [1, 2],
      "int64",
      [3],
    ]);
    const tokens = new BigInt64Array(5);
    pairs.old.read(3, tokens, 1);
    expect(tokens).toEqual(BigInt64Array.of(0n, 10n, 11n, -12n, 0n));
    const floats = new Float32Array(3);
    pairs.old.read(1, floats);
    expect(floats).toEqual(Float32Array.of(4, 5, 6));
    expect([...pairs.rowsOf("pair")]).toEqual([1, 2]);
    expect([...pairs.rowsOf("test")]).toEqual([]);
    expect(pairs.subjects).toEqual(["a", "b", "b", "c"]);
    expect([...pairs.labels!]).toEqual([0, -1, 1, 0]);
    const bytes = readFileSync(path);
    expect(pairs.sources).toEqual([
      { file: path, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") },
    ]);
    expect(() => pairs.new.read(4, floats)).toThrow("Expected row to be a whole number from 0 to 3, but received 4.");
    expect(() => pairs.new.read(0, tokens)).toThrow("a Float32Array for 'new'");
    pairs.close();
    expect(() => pairs.new.read(0, floats)).toThrow("closed");
  });

  it("widens and narrows floats, and takes every row as a pair where there are no splits", async () => {
    const halves = Float32Array.of(0.5, 1, 2, 3, 4, 5, 6, 7);
    const doubles = Float64Array.of(1 / 3, 1, 2, 3);
    save(
      { new: { shape: [4, 2], dtype: "F16", data: halves }, old: { shape: [4, 1], data: doubles }, split: undefined },
      {},
    );
    const pairs = await openPairs(path);
    const into = new Float32Array(2);
    pairs.new.read(0, into);
    expect(into).toEqual(Float32Array.of(0.5, 1));
    pairs.old.read(0, into);
    expect(into[0]).toBe(Math.fround(1 / 3));
    expect(pairs.splits).toBeUndefined();
    expect([...pairs.rowsOf("pair")]).toEqual([0, 1, 2, 3]);
    pairs.close();
  });

  it("names splits by option, JSON list, words, or a text for each row", async () => {
    const splits = async (meta: Record<string, string>, splitNames?: Record<string, number>) => {
      save(meta.split?.startsWith("[") ? { split: undefined } : {}, meta);
      const pairs = await openPairs(path, splitNames ? { splitNames } : {});
      pairs.close();
      return pairs.splits;
    };
    const expected = ["train", "pair", "pair", "val"];
    expect(await splits({}, { train: 0, pair: 1, val: 2 })).toEqual(expected);
    expect(await splits({ splits: '["train","pair","val"]' })).toEqual(expected);
    expect(await splits({ split: "0 probe-train (labelled), 1 pair (use without labels), 2 validation" })).toEqual(
      expected,
    );
    expect(await splits({ split: '["train","pair","pair","validation"]' })).toEqual(expected);
    await expect(splits({})).rejects.toThrow(`row 0 of ${path}: the split is 0, but nothing says`);
    await expect(splits({ splits: '["train","pair"]' })).rejects.toThrow(`row 3 of ${path}: the split is 2`);
  });

  it("says that a sensor seems to have been off", async () => {
    save({ new: { shape: [4, 2], data: Float32Array.of(1, 2, 3, 3, 5, 6, 8, 8) } });
    const pairs = await openPairs(path);
    expect(pairs.notes).toEqual([
      `'new' does not change within 2 of 4 windows (the first is row 1 of ${path}): was that sensor off?`,
    ]);
    pairs.close();
  });

  it.each<[string, Record<string, TensorToWrite | undefined>, Record<string, string>, string]>([
    ["one modality missing", { old: undefined }, metadata, "there is no tensor 'old' (there is new, label, split)"],
    [
      "different lengths",
      { old: { shape: [3, 2], data: new Int32Array(6) } },
      metadata,
      "tensor 'old' has 3 windows, but 'new' has 4: row 3 has no partner",
    ],
    [
      "a NaN",
      { new: { shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 5, Number.NaN, 7, 8) } },
      metadata,
      "row 2 of FILE: 'new' has NaN at element 1 of the window",
    ],
    [
      "a double that no float holds",
      { new: { shape: [4, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6, 1e300, 8) } },
      metadata,
      "row 3 of FILE: 'new' has Infinity at element 0",
    ],
    [
      "a wrong dtype",
      { new: { shape: [4, 1], dtype: "BOOL", data: new Uint8Array(4) } },
      metadata,
      "tensor 'new' is BOOL",
    ],
    ["no dimension for a window", { new: { shape: [4], data: new Float32Array(4) } }, metadata, "has shape [4], but"],
    ["labels of floats", { label: { shape: [4], data: new Float32Array(4) } }, metadata, "tensor 'label' is F32"],
    [
      "too few labels",
      { label: { shape: [3], data: new Int32Array(3) } },
      metadata,
      "'label' has shape [3], but expected is [4]",
    ],
    [
      "a label below -1",
      { label: { shape: [4], data: Int32Array.of(0, 1, -2, 0) } },
      metadata,
      "row 2 of FILE: the label is -2",
    ],
    [
      "a label above the classes",
      { label: { shape: [4], data: Int32Array.of(0, 1, 0, 2) } },
      metadata,
      "row 3 of FILE: the label is 2",
    ],
    [
      "a subject in two splits",
      {},
      { ...metadata, subjects: '["a","b","b","a"]' },
      "Subject 'a' is in two splits: 'train' (row 0 of FILE) and 'val' (row 3 of FILE)",
    ],
    [
      "too few subjects",
      {},
      { ...metadata, subjects: '["a"]' },
      "metadata 'subjects' lists 1 entries, but there are 4",
    ],
  ])("refuses %s", async (_, tensors, meta, message) => {
    save(tensors, meta);
    await expect(openPairs(path, { classes: 2 })).rejects.toThrow(message.replaceAll("FILE", path));
  });

  it("refuses a file that is missing, cut short, or no file of tensors", async () => {
    await expect(openPairs(join(folder, "none"))).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
    save({});
    writeFileSync(path, readFileSync(path).subarray(0, -3));
    await expect(openPairs(path)).rejects.toMatchObject({ code: "FILE_INVALID" });
    writeFileSync(path, "pairs");
    await expect(openPairs(path)).rejects.toMatchObject({ code: "FILE_INVALID" });
  });
});

const fixture = fileURLToPath(new URL("../../../../shared/fixture/align/windows.safetensors", import.meta.url));
if (!existsSync(fixture)) console.info("skipped: no ../shared/fixture/align/windows.safetensors");
it.runIf(existsSync(fixture))("opens the fixture's windows", async () => {
  const pairs = await openPairs(fixture, { newTensor: "tokens_ppg", oldTensor: "tokens_ecg", classes: 3 });
  expect(["train", "pair", "val"].map((split) => pairs.rowsOf(split).length)).toEqual([372, 353, 145]);
  const whole = readSafetensors(fixture).tensors.get("tokens_ecg")!.data as Int32Array;
  const row = new Int32Array(500);
  for (const n of [0, 421, 869]) {
    pairs.old.read(n, row);
    expect(row).toEqual(whole.slice(n * 500, (n + 1) * 500));
  }
  expect(pairs.subjects![869]).toBe("N809");
  pairs.close();
});
