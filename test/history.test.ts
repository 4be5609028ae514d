/** Messages of the last days on the disk: found again by wearer and time, within their limits, whatever becomes of the file. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatewayMessage, type HistoryStore, MemoryHistory } from "biox-edge/gateway";
import { afterAll, describe, expect, it } from "vitest";
// The thread is started from a file, which there is in the built package.
import { type History, openHistory } from "../dist/store/history/history.js";

interface Message {
  id: string;
  at: number;
  wearer: string;
  note?: string;
}

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), "biox-history-"));
const open: History<Message>[] = [];
afterAll(async () => {
  await Promise.all(open.map((history) => history.close()));
  rmSync(folder, { recursive: true });
});

let files = 0;
const newPath = (): string => join(folder, `${files++}.sqlite`);

async function begin(path: string, limits = {}, problems: string[] = []): Promise<History<Message>> {
  const told = (problem: string): void => void problems.push(problem);
  const history = await openHistory<Message>(path, { days: 7, gigabytes: 1, ...limits }, told);
  if (!history) throw new Error("better-sqlite3 is not installed");
  open.push(history);
  return history;
}

async function end(history: History<Message>): Promise<void> {
  open.splice(open.indexOf(history), 1);
  await history.close();
}

const ids = (messages: readonly Message[]): string[] => messages.map(({ id }) => id);

it("finds messages by wearer and time, newest first, and no more than asked for", async () => {
  const history = await begin(newPath());
  const now = Date.now();
  for (let i = 0; i < 1000; i++) history.take({ id: `${i}`, at: now + i, wearer: i % 2 === 0 ? "a" : "b" });
  expect(ids(await history.query("a", { limit: 3 }))).toEqual(["998", "996", "994"]);
  expect(ids(await history.query("b", { from: now + 10, to: now + 15, limit: 100 }))).toEqual(["15", "13", "11"]);
  expect(await history.query("a", { limit: 10_000 })).toHaveLength(500);
  expect(await history.query("nobody", { limit: 10 })).toEqual([]);
  const odd = { id: "x", at: now + 5000, wearer: "a", note: "ü \u0000 '\" {}[]" };
  history.take(odd);
  expect(await history.query("a", { limit: 1 })).toEqual([odd]);
});

/** A history on the disk and one in memory, where better-sqlite3 is not installed. */
const STORES: Record<string, () => Promise<HistoryStore>> = {
  "on the disk": async () => (await begin(newPath())) as unknown as HistoryStore,
  "in memory": async () => new MemoryHistory(),
};

describe.each(Object.entries(STORES))("history %s", (_, make) => {
  const marker = (i: number, at: number, wearer = "a"): GatewayMessage => ({
    id: `${i}`,
    at,
    wearer,
    type: "marker",
    name: 'ü "x"',
    by: "page",
  });

  it("gives the same answers as the other kind", async () => {
    const store = await make();
    const now = Date.now();
    // Two of one time, and a clock that was set back by an hour in between.
    const times = [10, 20, 20, 30, 30 - 3_600_000, 40 - 3_600_000, 50];
    for (const [i, at] of times.entries()) store.take(marker(i, now + at));
    store.take(marker(99, now + 25, "b"));
    const ask = async (query: { from?: number; to?: number; limit: number }) =>
      (await store.query("a", query)).map(({ id }) => id).join("");
    expect(await ask({ limit: 100 })).toBe("6321054");
    expect(await ask({ limit: 3 })).toBe("632");
    expect(await ask({ from: now + 20, limit: 100 })).toBe("6321");
    expect(await ask({ to: now + 20, limit: 100 })).toBe("21054");
    expect(await ask({ from: now + 20, to: now + 20, limit: 100 })).toBe("21");
    expect(await ask({ from: now + 20, to: now + 20, limit: 1 })).toBe("2");
    expect(await ask({ from: now + 21, to: now + 20, limit: 100 })).toBe("");
    expect(await store.query("nobody", { limit: 10 })).toEqual([]);
    expect(await store.query("b", { limit: 10 })).toEqual([marker(99, now + 25, "b")]);
    await store.forget("a");
    expect(await store.query("a", { limit: 10 })).toEqual([]);
    expect(await store.query("b", { limit: 10 })).toHaveLength(1);
  });
});

it("finds them after a restart", async () => {
  const path = newPath();
  const first = await begin(path);
  first.take({ id: "kept", at: Date.now(), wearer: "a" });
  await end(first);
  expect(ids(await (await begin(path)).query("a", { limit: 10 }))).toEqual(["kept"]);
});

it("removes what is older than it may be, and leaves no trace of it in the file", async () => {
  const path = newPath();
  const first = await begin(path, { days: 1000 });
  const now = Date.now();
  for (let i = 0; i < 5000; i++) first.take({ id: `${i}`, at: now - 8 * DAY_MS, wearer: "a", note: "long-ago" });
  first.take({ id: "new", at: now - 6 * DAY_MS, wearer: "a" });
  await end(first);
  expect(readFileSync(path).includes("long-ago")).toBe(true);
  const second = await begin(path, { days: 7 });
  second.take({ id: "now", at: now, wearer: "a" });
  expect(ids(await second.query("a", { limit: 10_000 }))).toEqual(["now", "new"]);
  await end(second);
  for (const name of readdirSync(folder).filter((name) => join(folder, name).startsWith(path)))
    expect(readFileSync(join(folder, name)).includes("long-ago"), name).toBe(false);
});

it("removes the oldest where the file has grown too long", async () => {
  const path = newPath();
  const note = "x".repeat(1000);
  const first = await begin(path);
  const now = Date.now();
  for (let i = 0; i < 10_000; i++) first.take({ id: `${i}`, at: now + i, wearer: "a", note });
  await end(first);
  expect(statSync(path).size).toBeGreaterThan(9e6);
  const second = await begin(path, { gigabytes: 0.004 });
  second.take({ id: "last", at: now + 20_000, wearer: "a" });
  const left = await second.query("a", { limit: 10_000 });
  expect(left.length).toBeGreaterThan(500);
  expect(left.length).toBeLessThan(4000);
  expect(ids(left).slice(0, 3)).toEqual(["last", "9999", "9998"]);
  await end(second);
});

it("sets a damaged file aside, says so, and goes on", async () => {
  for (const damage of ["no database at all, but a text", "half"] as const) {
    const path = newPath();
    if (damage === "half") {
      const history = await begin(path);
      for (let i = 0; i < 2000; i++) history.take({ id: `${i}`, at: 1 + i, wearer: "a", note: "x".repeat(200) });
      await end(history);
      const bytes = readFileSync(path);
      bytes.fill(0x5a, 2000, bytes.length - 5000);
      writeFileSync(path, bytes);
    } else writeFileSync(path, damage.repeat(1000));
    const problems: string[] = [];
    const history = await begin(path, {}, problems);
    const message = { id: "new", at: Date.now(), wearer: "a" };
    history.take(message);
    await history.query("a", { limit: 10 });
    history.take({ ...message, id: "newer" });
    expect(ids(await history.query("a", { limit: 1 }))).toEqual(["newer"]);
    expect(problems.join()).toMatch(/the history was damaged: .* the old file is .*damaged-/);
    expect(readdirSync(folder).some((name) => join(folder, name).startsWith(`${path}.damaged-`))).toBe(true);
  }
});

it("keeps messages in memory while the disk does not take them, and tells it once", async () => {
  const path = join(folder, "later", "history.sqlite");
  const problems: string[] = [];
  const history = await begin(path, {}, problems);
  history.take({ id: "1", at: 1e12 + 1, wearer: "a" });
  expect(await history.query("a", { limit: 10 })).toEqual([]);
  history.take({ id: "2", at: 1e12 + 2, wearer: "a" });
  await history.query("a", { limit: 10 });
  expect(problems).toEqual([
    expect.stringMatching(/^the history cannot be written or read \(.*\): messages wait in memory$/),
  ]);
  mkdirSync(join(folder, "later"));
  const late = { id: "3", at: Date.now(), wearer: "a" };
  history.take(late);
  expect(ids(await history.query("a", { limit: 10 }))).toContain("3");
  expect(history.lost).toBe(0);
});

it("lets the oldest go where too many wait, and counts them", async () => {
  const history = await begin(join(folder, "never", "history.sqlite"));
  const now = Date.now();
  for (let i = 0; i < 25_000; i++) history.take({ id: `${i}`, at: now + i, wearer: "a" });
  mkdirSync(join(folder, "never"));
  const left = await history.query("a", { limit: 30_000 });
  expect(left.length + history.lost).toBe(25_000);
  expect(left.length).toBeLessThanOrEqual(22_000);
  expect(left[0]!.id).toBe("24999");
});
