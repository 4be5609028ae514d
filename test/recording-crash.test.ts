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
const KILLS = 50;
const folder = mkdtempSync(join(tmpdir(), "biox-crash-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Records until it is killed, `ms` after its first record; returns the arrival of the last record that it had. */
function killed(path: string, ms: number): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CHILD, path], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (text: Buffer) => {
      if (said === "") setTimeout(() => child.kill("SIGKILL"), ms);
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
    expect(last - found.at(-1)!.arrival).toBeLessThan(1000);
    expect(await replayed(path)).toMatchObject({ samples: sampleRecords(found), lost: 0 });
    kept += sampleRecords(found);
    markers += found.filter((item) => item.type === "marker").length;
  };
  for (let k = 0; k < KILLS; k += 2) await Promise.all([once(k), once(k + 1)]);
  expect(kept).toBeGreaterThan(10 * KILLS);
  expect(markers).toBeGreaterThan(KILLS);
}, 120_000);

it("opens and replays wherever it is torn, and with zeros in place of its end", async () => {
  const path = join(folder, "torn.bioxrec");
  await killed(path, 60);
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
