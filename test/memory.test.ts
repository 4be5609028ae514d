/** A run of weeks must not need more memory than one of an hour. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";

const SCRIPT = fileURLToPath(new URL("support/heap-growth.mjs", import.meta.url));
/** Bytes by window that the heap may seem to grow by: compiled code comes and goes. A leak of one small object is more. */
const NOISE = 40;
const MB = 2 ** 20;

const folder = mkdtempSync(join(tmpdir(), "biox-memory-"));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ["model", 8 * MB],
  // The engine thread collects its garbage when it likes, so that the resident set is not at its lowest when it is measured.
  ["engine", 40 * MB],
])("10,000 windows through the %s leave the heap as it was", async (through, resident) => {
  await buildTinyBundle(folder, { rate: 100, seconds: 1, hop: 0.01 });
  const printed = execFileSync(process.execPath, ["--expose-gc", SCRIPT, folder, through], { encoding: "utf8" });
  const { points, heap, external, arrayBuffers, rss } = JSON.parse(printed);
  expect(points).toBe(21);
  expect(heap).toBeLessThan(NOISE);
  expect(external).toBeLessThan(NOISE);
  expect(arrayBuffers).toBeLessThan(NOISE);
  expect(rss).toBeLessThan(resident);
});
