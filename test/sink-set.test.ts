/** Sinks of a configuration that is read again: what is the same stays open, and a new one that cannot be opened changes nothing. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatewayMessage, type Sink, SinkSet, type SinkSettings, sinksSettings } from "biox-edge/gateway";
import * as v from "valibot";
import { afterEach, beforeEach, expect, it } from "vitest";
import { until } from "./support/until.js";

let folder: string;
let set: SinkSet;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biox-sink-set-"));
  const say = (): void => {};
  set = new SinkSet({ gateway: "g1", data: folder, log: { info: say, warn: say, error: say } });
});
afterEach(async () => {
  await Promise.all(set.sinks.map((sink) => sink.close(100)));
  rmSync(folder, { recursive: true });
});

const read = (...settings: object[]): readonly SinkSettings[] => v.parse(sinksSettings, settings);
const marker = (n: number): GatewayMessage => ({
  id: `${n}`,
  at: Date.now(),
  wearer: "w01",
  type: "marker",
  name: `m${n}`,
  by: "test",
});
const named = (name: string): Sink => set.sinks.find((sink) => sink.report().name === name)!;
const numbers = (path: string): number[] =>
  [...readFileSync(join(folder, path), "utf8").matchAll(/name="m(\d+)"/g)].map(([, n]) => Number(n));

it("a new sink that cannot be opened leaves all as it was, and what comes in the meantime is not lost", async () => {
  const points = { type: "influx", file: join(folder, "points.lp") };
  const table = { type: "csv", folder: "tables" };
  await set.change(read(points, table), async () => {});
  const before = set.sinks;
  let n = 0;
  const coming = setInterval(() => {
    n++;
    for (const sink of before) sink.take(marker(n));
  }, 5);
  try {
    await until("messages come", () => n > 10);
    const password = { type: "mqtt", url: "mqtt://127.0.0.1:1", user: "a", passwordFile: join(folder, "none") };
    const other = { type: "influx", file: join(folder, "other.lp") };
    await expect(set.change(read(other, password), async () => {})).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining("none' does not exist"),
    });
    // A queue that cannot be opened is found out only when the sink before it was exchanged: that is taken back.
    mkdirSync(join(folder, "queues", "second.journal"));
    await expect(
      set.change(read(other, { type: "influx", name: "second", file: "x" }), async () => {}),
    ).rejects.toMatchObject({ code: "FILE_UNWRITABLE" });
    expect(set.sinks).toEqual(before);
    await until("more come", () => n > 60);
  } finally {
    clearInterval(coming);
  }
  await until("all are delivered", () => set.sinks.every((sink) => sink.report().waiting === 0));
  expect(set.sinks.map((sink) => sink.report().name)).toEqual(["influx", "csv"]);
  expect(named("influx").report()).toMatchObject({ state: "open", lost: 0 });
  const all = Array.from({ length: n }, (_, i) => i + 1);
  const found = readdirSync(folder).flatMap((name) => (name.endsWith(".lp") ? numbers(name) : []));
  expect(found.sort((a, b) => a - b)).toEqual(all);
});

it("takes up the queue of the one that it replaces", async () => {
  const away = (megabytes: number) => ({ type: "mqtt", url: "mqtt://127.0.0.1:1", queue: { megabytes } });
  await set.change(read(away(10)), async () => {});
  const [sink] = set.sinks;
  for (let i = 0; i < 50; i++) sink!.take(marker(i));
  const changing = set.change(read(away(20)), async () => {});
  for (let i = 50; i < 80; i++) sink!.take(marker(i));
  expect(sink!.report().waiting).toBeGreaterThanOrEqual(30);
  await changing;
  expect(set.sinks).toEqual([sink]);
  await until("all wait again", () => sink!.report().waiting === 80);
});
