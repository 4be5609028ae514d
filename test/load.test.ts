/** A short form of the load run: three wearers for twenty seconds beside a model that is far too slow. Times are not tested. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const PROGRAM = fileURLToPath(new URL("../dist/bench/load.js", import.meta.url));
const SECONDS = 20;

it("loses no sample of three wearers while the engine is saturated, and says what it cost", () => {
  const args = ["--minutes", String(SECONDS / 60), "--wearers", "3", "--rate", "1000", "--slow-ms", "400", "--json"];
  const report = JSON.parse(execFileSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8", timeout: 120_000 }));
  const samples = 3 * SECONDS * 1000;
  expect(report).toMatchObject({ type: "load", wearers: 3, channels: 4, rate: 1000 });
  expect(report).toMatchObject({ sent: samples, received: samples, lost: 0, badFrames: 0 });
  expect(report.bytes).toBeGreaterThan(samples * 4 * 2);
  // Saturated: most windows had to be left out.
  expect(report.predictions).toBeGreaterThan(0);
  expect(report.skippedHops).toBeGreaterThan(2 * report.predictions);
  expect(report.cpu).toBeGreaterThan(0.1);
  expect(report.mainBusy).toBeGreaterThan(0);
  expect(report.mainBusy).toBeLessThan(1);
  for (const trend of [report.heap, report.rss]) expect(Math.min(trend.from, trend.to)).toBeGreaterThan(1);
  expect(Object.values(report.eventLoopDelayMs).every(Number.isFinite)).toBe(true);
});
