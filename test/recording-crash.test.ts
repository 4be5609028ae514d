/** A recorder that is killed, and a disk that has lost its power: what was recorded can be replayed. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSource, type RecordedItem, readRecording } from "biox-edge";
import { afterAll, expect, it } from "vitest";
import { randomNumbers } from "../src/stream/testing/random-numbers.js";

const CHILD = fileURLToPath(new URL("support/recording-child.mjs", import.meta.url));
const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const KILLS = 50;
const folder = mkdtempSync(join(tmpdir(), "biox-crash-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Records until it is killed, `ms` after record number `least`; returns the arrival of the last record that it had. */
function killed(path: string, ms: number, least = 1): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CHILD, path], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    let records = 0;
    child.stdout.on("data", (text: Buffer) => {
      const before = records;
      for (const byte of text) if (byte === 10) records++;
      if (before < least && records >= least) setTimeout(() => child.kill("SIGKILL"), ms);
      said += text;
    });
    child.on("close", () => resolve(Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1))));
  });
}

async function items(path: string): Promise<RecordedItem[]> {
  const found: RecordedItem[] = [];
  for await (const item of (await readRecording(path)).items()) found.push(item);
  return found;
}

async function replayed(path: string): Promise<{ samples: number; lost: number }> {
  const source = await openSource(`replay:${path}?speed=1000`);
  if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
  expect(source.failure).toBeUndefined();
  await source.close();
  return source.stats;
}

/** Number of bytes records among items, the hello left out: each is one sample. */
const sampleRecords = (found: readonly RecordedItem[]): number => found.filter((i) => i.type === "bytes").length - 1;

it(`killed ${KILLS} times at any moment, each recording opens, replays and lacks less than a second`, async () => {
  const random = randomNumbers(7);
  let markers = 0;
  let kept = 0;
  const once = async (k: number): Promise<void> => {
    const path = join(folder, `${k}.bioxrec`);
    const last = await killed(path, random() * 400);
    const found = await items(path);
    const { started } = (await readRecording(path)).header;
    expect(last - (found.at(-1)?.arrival ?? started)).toBeLessThan(1000);
    // Killed before the first record was in the file.
    if (found.length === 0) return;
    expect(await replayed(path)).toMatchObject({ samples: sampleRecords(found), lost: 0 });
    kept += sampleRecords(found);
    markers += found.filter((item) => item.type === "marker").length;
  };
  for (let k = 0; k < KILLS; k += 2) await Promise.all([once(k), once(k + 1)]);
  expect(kept).toBeGreaterThan(KILLS);
  expect(markers).toBeGreaterThan(0);
}, 120_000);

it("opens and replays wherever it is torn, and with zeros in place of its end", async () => {
  const path = join(folder, "torn.bioxrec");
  await killed(path, 0, 40);
  const whole = await readFile(path);
  const all = await items(path);
  // The last records, a marker among them.
  const torn = join(folder, "part.bioxrec");
  let before = all.length;
  for (let cut = (await stat(path)).size; cut > whole.length - 600; cut--) {
    writeFileSync(torn, whole);
    truncateSync(torn, cut);
    const found = await items(torn);
    expect(found).toEqual(all.slice(0, found.length));
    expect(before - found.length).toBeLessThanOrEqual(1);
    before = found.length;
    truncateSync(torn, cut + 5000); // the file system had room for more, and only zeros in it
    const zeroed = await items(torn);
    // Zeros may complete a record that was torn, but never make another one.
    expect(zeroed.length - found.length).toBeLessThanOrEqual(1);
    expect(zeroed.slice(0, found.length)).toEqual(found);
    if (cut % 50 === 0) expect((await replayed(torn)).samples).toBeGreaterThan(0);
  }
  expect(all.slice(before).some((item) => item.type === "marker")).toBe(true);
});

/** `biox record`, killed `ms` after it has both files. */
async function killedCommand(path: string, ms: number): Promise<void> {
  const args = [MAIN, "record", "--from", "sim:?rate=1000", "--out", `${path}.bioxrec`];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  const closed = new Promise((resolve) => child.on("close", resolve));
  const size = async (file: string): Promise<number> => (await stat(file).catch(() => ({ size: 0 }))).size;
  while ((await size(`${path}.csv`)) < 200) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill("SIGKILL");
  await closed;
}

it("biox record, killed at any moment, leaves bytes and decoded samples that both replay, less than a second apart", async () => {
  const random = randomNumbers(8);
  for (let k = 0; k < 8; k++) {
    const path = join(folder, `command-${k}`);
    await killedCommand(path, random() * 1000);
    const bytes = await replayed(`${path}.bioxrec`);
    const source = await openSource(`replay:${path}.csv?channel=ppg&rate=1000&speed=1000`);
    if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
    expect(source.failure).toBeUndefined();
    const { samples, lost } = source.stats;
    expect(samples).toBeGreaterThan(0);
    expect(lost).toBe(bytes.lost);
    expect(Math.abs(samples - bytes.samples)).toBeLessThan(1000);
  }
}, 120_000);

it("a table that was cut off in its last row is replayed without it, and that is told", async () => {
  const path = join(folder, "cut.csv");
  for (const [end, rows] of [
    ["1002.000,2,31", 2],
    ["1002.000,2,31\n", 3],
    ["1002", 2],
  ] as const) {
    writeFileSync(path, `time,sample,ppg\n1000.000,0,11\n1001.000,1,21\n${end}`);
    const warnings: string[] = [];
    const source = await openSource(`replay:${path}?channel=ppg&rate=1000`, {
      onSource: (opened) => opened.on("warning", ({ message }) => warnings.push(message)),
    });
    if (!source.finished) await new Promise<void>((resolve) => source.once("end", () => resolve()));
    expect(source.stats).toMatchObject({ samples: rows, lost: 0 });
    expect(warnings).toEqual(
      rows === 3 ? [] : [`${path} ends in the middle of a row, as where a recorder was cut off: it is left out.`],
    );
  }
});
