/** Moments that somebody marks while a model runs. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecording } from "biox-edge";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox } from "./support/biox.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biox-markers-"));
  await buildTinyBundle(join(folder, "tiny"), { rate: 100, seconds: 2, hop: 0.5 });
});
afterAll(() => rm(folder, { recursive: true }));

it("run --markers tells of each line of stdin, and has it in the recording", async () => {
  const out = join(folder, "marked.bioxrec");
  const run = new Biox([
    "run",
    join(folder, "tiny"),
    "--from",
    "sim:?rate=100",
    "--record",
    out,
    "--markers",
    "--json",
  ]);
  await run.line(({ type }) => type === "prediction");
  const before = Date.now();
  run.child.stdin!.write("stands up\n\n");
  await run.line(({ type, name }) => type === "marker" && name === "marker");
  const after = Date.now();
  const { lines } = await run.stop();
  const told = lines.filter(({ type }) => type === "marker");
  expect(told.map(({ name, by }) => [name, by])).toEqual([
    ["stands up", "keyboard"],
    ["marker", "keyboard"],
  ]);
  // Two processes' clocks agree to a few ms.
  expect(told[0].at).toBeGreaterThan(before - 100);
  expect(told[0].at).toBeLessThan(after + 100);
  const recorded: unknown[] = [];
  for await (const item of (await readRecording(out)).items())
    if (item.type === "marker") recorded.push([item.marker.name, item.marker.by]);
  expect(recorded).toEqual([
    ["stands up", "keyboard"],
    ["marker", "keyboard"],
  ]);
});
