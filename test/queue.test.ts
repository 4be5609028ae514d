/** The queue in which messages wait: order, limits, and what becomes of them when its files are damaged, cut off or cannot be written. */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { MessageQueue, QueueOptions } from "../src/store/queue/queue.js";

type Module = { MessageQueue: { open(path: string, options: QueueOptions): Promise<MessageQueue> } };
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const LIMITS = { messages: 1e6, bytes: 1e9, ageMs: 1e9 };

let folder: string;
let path: string;
let open: MessageQueue[];
let problems: (string | undefined)[];
let damages: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biox-queue-"));
  path = join(folder, "queues", "mqtt");
  open = [];
  problems = [];
  damages = [];
});
afterEach(async () => {
  for (const queue of open) await queue.close();
  rmSync(folder, { recursive: true });
});

async function openQueue(options: Partial<QueueOptions> = {}, modules = dist): Promise<MessageQueue> {
  const { MessageQueue }: Module = await import(pathToFileURL(join(modules, "store/queue/queue.js")).href);
  const queue = await MessageQueue.open(path, {
    limits: LIMITS,
    onReady: () => {},
    onProblem: (problem) => problems.push(problem),
    onDamage: (sentence) => damages.push(sentence),
    ...options,
  });
  open.push(queue);
  return queue;
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await pause();
}

function put(queue: MessageQueue, from: number, to: number, wearer = "w01"): void {
  for (let n = from; n < to; n++) queue.push({ id: `id-${n}`, wearer, at: Date.now(), body: `body of ${wearer} ${n}` });
}

/** Takes and settles everything; the numbers in the ids, in order. */
async function drain(queue: MessageQueue): Promise<number[]> {
  const numbers: number[] = [];
  while (queue.waiting > 0) {
    const entry = queue.next();
    if (entry) {
      numbers.push(Number(entry.id.slice(3)));
      queue.done(entry);
    } else await pause();
  }
  return numbers;
}

const counting = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

it("gives messages in order, also those that do not fit into memory and came in other lives of the process", async () => {
  const first = await openQueue();
  put(first, 0, 3000);
  for (let n = 0; n < 10; n++) first.next();
  await first.close();
  const second = await openQueue();
  expect(second.waiting).toBe(3000);
  put(second, 3000, 5000);
  const taken = counting(0, 20).map(() => second.next());
  await until(() => {
    for (let n = 0; n < 50; n++) taken.push(second.next());
    return taken.filter((entry) => entry !== undefined).length > 700;
  });
  const entries = taken.filter((entry) => entry !== undefined);
  expect(entries.map(({ seq }) => seq)).toEqual(counting(1, entries.length + 1));
  // What is settled late and out of order is not given again; what is taken back is.
  for (const entry of entries.slice(300).reverse()) second.done(entry);
  second.takeBack();
  expect(await drain(second)).toEqual([...counting(0, 300), ...counting(entries.length, 5000)]);
  await second.close();
  expect(readdirSync(join(folder, "queues"))).toEqual(["mqtt.sqlite"]);
  expect((await openQueue()).waiting).toBe(0);
});

it("keeps the limits of messages, bytes and age by losing the oldest, and counts them", async () => {
  const few = await openQueue({ limits: { ...LIMITS, messages: 100 } });
  put(few, 0, 250);
  await until(() => few.lost > 0);
  expect([few.waiting, few.lost]).toEqual([100, 150]);
  expect(await drain(few)).toEqual(counting(150, 250));
  await few.close();

  const small = await openQueue({ limits: { ...LIMITS, bytes: 1000 } });
  for (let n = 0; n < 30; n++) small.push({ id: `id-${n}`, wearer: "w01", at: Date.now(), body: "é".repeat(50) });
  await until(() => small.lost > 0);
  expect([small.waiting, small.lost]).toEqual([10, 20]);
  expect(await drain(small)).toEqual(counting(20, 30));
  await small.close();

  const young = await openQueue({ limits: { ...LIMITS, ageMs: 60_000 } });
  young.push({ id: "id-0", wearer: "w01", at: Date.now() - 120_000, body: "old" });
  young.push({ id: "id-1", wearer: "w01", at: Date.now(), body: "new" });
  await until(() => young.lost > 0);
  expect(await drain(young)).toEqual([1]);
});

it("sets a damaged file aside, says so, and goes on", async () => {
  mkdirSync(join(folder, "queues"));
  writeFileSync(`${path}.sqlite`, "this is no database".repeat(500));
  const queue = await openQueue();
  expect(damages).toHaveLength(1);
  expect(damages[0]).toContain(".damaged-");
  put(queue, 0, 10);
  await until(() => !existsSync(`${path}.journal.old`));
  await queue.close();

  const second = await openQueue();
  put(second, 10, 3000);
  await second.close();
  const { length } = readFileSync(`${path}.sqlite`);
  const bytes = readFileSync(`${path}.sqlite`);
  bytes.fill(0xff, 8192, length - 8192);
  writeFileSync(`${path}.sqlite`, bytes);
  const third = await openQueue();
  put(third, 3000, 3100);
  const left = await drain(third);
  expect(damages).toHaveLength(2);
  // What came after the damage is there, all of it.
  expect(left.slice(-100)).toEqual(counting(3000, 3100));
  expect(readdirSync(join(folder, "queues")).filter((name) => name.includes("damaged"))).toHaveLength(2);
});

it("keeps messages in memory where the disk takes nothing, and loses the oldest beyond a limit", async () => {
  mkdirSync(`${path}.sqlite`, { recursive: true });
  const queue = await openQueue({ memoryBytes: 2000 });
  expect(problems.at(-1)).toMatch(/cannot be written .*wait in memory/);
  for (let n = 0; n < 50; n++) queue.push({ id: `id-${n}`, wearer: "w01", at: Date.now(), body: "x".repeat(100) });
  expect([queue.waiting, queue.lost]).toEqual([20, 30]);
  expect(await drain(queue)).toEqual(counting(30, 50));
  rmSync(`${path}.sqlite`, { recursive: true });
  put(queue, 50, 60);
  await until(() => problems.at(-1) === undefined);
  expect(await drain(queue)).toEqual(counting(50, 60));
});

it("works in memory and with its journal where better-sqlite3 is not installed", async () => {
  const modules = join(folder, "modules");
  for (const part of ["errors.js", "paths.js", "store"])
    cpSync(join(dist, part), join(modules, part), { recursive: true, filter: (name) => !name.endsWith(".map") });
  writeFileSync(join(modules, "package.json"), JSON.stringify({ type: "module" }));
  cpSync(join(dist, "../node_modules/valibot"), join(modules, "node_modules/valibot"), { recursive: true });
  const first = await openQueue({}, modules);
  expect(problems).toEqual(["better-sqlite3 is not installed: what cannot be delivered waits in memory only"]);
  put(first, 0, 2500);
  await first.close();
  const second = await openQueue({}, modules);
  expect(await drain(second)).toEqual(counting(0, 2500));
});

it("leaves nothing of a wearer who is to be forgotten, in any file", async () => {
  const queue = await openQueue();
  put(queue, 0, 2000);
  put(queue, 2000, 2500, "w99");
  // Some are on the disk, some are not; some are in the hands of who delivers.
  await until(() => readFileSync(`${path}.sqlite-wal`).includes("w99"));
  put(queue, 2500, 2600, "w99");
  put(queue, 2600, 2700);
  expect(await queue.forget("w99")).toBe(600);
  expect(queue.waiting).toBe(2100);
  for (const name of readdirSync(join(folder, "queues")))
    expect(readFileSync(join(folder, "queues", name)).includes("w99"), name).toBe(false);
  expect(await drain(queue)).toEqual([...counting(0, 2000), ...counting(2600, 2700)]);
});
