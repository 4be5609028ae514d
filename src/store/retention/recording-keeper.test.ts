import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type KeeperOptions, RecordingKeeper, type Removed } from "./recording-keeper.js";

const DAY_S = 86_400;
let folder: string;
let removed: Removed[];
let problems: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biox-keeper-"));
  removed = [];
  problems = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A file of so many bytes that was last written so many days ago. */
function put(name: string, bytes: number, daysAgo: number): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, new Uint8Array(bytes));
  const seconds = Date.now() / 1000 - daysAgo * DAY_S;
  utimesSync(path, seconds, seconds);
  return path;
}

async function prune(options: Partial<KeeperOptions>): Promise<string[]> {
  const keeper = new RecordingKeeper({
    folder,
    underWay: () => [],
    onDelete: (file) => removed.push(file),
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  await keeper.prune();
  await keeper.close();
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes("."))
    .sort();
}

it("removes recordings that ended too long ago, plain and encrypted, and tells each", async () => {
  const old = [put("a/1.bioxrec", 10, 31), put("b/1.bioxrec.enc", 20, 40)];
  put("a/2.bioxrec", 10, 29);
  expect(await prune({ days: 30 })).toEqual(["a/2.bioxrec"]);
  expect(removed.sort((x, y) => x.bytes - y.bytes)).toEqual([
    { path: old[0], bytes: 10, reason: "age" },
    { path: old[1], bytes: 20, reason: "age" },
  ]);
});

it("removes the oldest of all wearers until the rest fits", async () => {
  put("a/1.bioxrec", 4000, 5);
  put("b/1.bioxrec", 4000, 4);
  put("a/2.bioxrec", 4000, 3);
  expect(await prune({ gigabytes: 8e-6 })).toEqual(["a/2.bioxrec", "b/1.bioxrec"]);
  expect(removed.map(({ reason }) => reason)).toEqual(["size"]);
});

it("never removes what is under way, nor what is no recording", async () => {
  const path = put("a/1.bioxrec", 4000, 99);
  put("a/notes.txt", 4000, 99);
  put("loose.bioxrec", 4000, 99);
  put("a/2.bioxrec", 4000, 98);
  expect(await prune({ days: 1, gigabytes: 1e-9, underWay: () => [path] })).toEqual([
    "a/1.bioxrec",
    "a/notes.txt",
    "loose.bioxrec",
  ]);
});

it("keeps everything without limits, and does without a folder", async () => {
  put("a/1.bioxrec", 4000, 9999);
  expect(await prune({})).toEqual(["a/1.bioxrec"]);
  rmSync(folder, { recursive: true });
  const keeper = new RecordingKeeper({
    folder: join(folder, "none"),
    days: 1,
    underWay: () => [],
    onDelete: () => {},
    onProblem: (problem) => problems.push(problem),
  });
  await keeper.close();
  expect(problems).toEqual([]);
});

it("looks when it begins, and again every ten minutes until it is closed", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const onDelete = (file: Removed): void => void removed.push(file);
    const onProblem = (problem: string): void => void problems.push(problem);
    put("a/1.bioxrec", 10, 31);
    const keeper = new RecordingKeeper({ folder, days: 30, underWay: () => [], onDelete, onProblem });
    await vi.waitFor(() => expect(removed).toHaveLength(1));
    put("a/2.bioxrec", 10, 31);
    vi.advanceTimersByTime(600_000);
    await vi.waitFor(() => expect(removed).toHaveLength(2));
    await keeper.close();
    put("a/3.bioxrec", 10, 31);
    vi.advanceTimersByTime(3_600_000);
    expect(vi.getTimerCount()).toBe(0);
    expect([removed.length, problems]).toEqual([2, []]);
  } finally {
    vi.useRealTimers();
  }
});
