import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Journal } from "./journal.js";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biox-journal-"));
  path = join(folder, "journal");
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry = (seq: number, body = `body "${seq}"\n`) => ({
  seq,
  id: `id-${seq}`,
  wearer: "w01",
  at: 1e12 + seq,
  body,
});

it("tells what was put in and not taken out", () => {
  const journal = new Journal(path);
  for (const seq of [1, 2, 3]) journal.put(entry(seq));
  journal.take(2);
  expect(new Journal(path).read()).toEqual({ entries: [entry(1), entry(3)], removed: [2] });
  journal.clear();
  expect(readdirSync(folder)).toEqual([]);
});

it("reads a file that was cut off at any byte up to there, and goes on behind it", () => {
  const journal = new Journal(path);
  journal.put(entry(1));
  journal.put(entry(2));
  journal.take(1);
  journal.put(entry(3));
  journal.take(2);
  journal.shut();
  const text = readFileSync(path, "utf8");
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index);
  const expected = [[], [1], [1, 2], [2], [2, 3], [3]];
  for (let length = 0; length <= text.length; length++) {
    writeFileSync(path, text.slice(0, length));
    const next = new Journal(path);
    // A line is whole without its end, too.
    const whole = ends.filter((end) => end <= length).length;
    const before = next.read();
    expect(
      before.entries.map(({ seq }) => seq),
      `${length} bytes`,
    ).toEqual(expected[whole]);
    next.put(entry(9));
    next.shut();
    expect(new Journal(path).read().entries.map(({ seq }) => seq)).toEqual([...expected[whole]!, 9]);
  }
});

it("passes over what is no line of it", () => {
  const journal = new Journal(path);
  journal.put(entry(1));
  journal.shut();
  const junk = [
    "\0\0\0",
    "{}",
    '{"seq":"1"}',
    "-",
    "-x",
    "-99999999999999999",
    "[1]",
    '{"seq":1e300,"id":"a"}',
    "null",
  ];
  writeFileSync(path, `${junk.join("\n")}\n${readFileSync(path, "utf8")}${junk.join("\n")}`);
  expect(new Journal(path).read()).toEqual({ entries: [entry(1)], removed: [] });
});

it("keeps what a rotation put aside until the database has it", () => {
  const journal = new Journal(path);
  const long = "x".repeat(40_000);
  journal.put(entry(1, long));
  journal.rotate();
  expect(readdirSync(folder)).toEqual(["journal"]);
  journal.put(entry(2, long));
  journal.rotate();
  journal.put(entry(3));
  expect(readdirSync(folder)).toEqual(["journal", "journal.old"]);
  expect(new Journal(path).read().entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  journal.settle();
  expect(new Journal(path).read().entries.map(({ seq }) => seq)).toEqual([3]);
});
