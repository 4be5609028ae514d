/** A model slower than its hop: nothing is lost on the wire, the newest window wins, and what was left out is counted. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox, biox } from "./support/biox.js";

const folder = mkdtempSync(join(tmpdir(), "biox-slow-"));
const slow = join(folder, "slow");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => buildTinyBundle(slow, { rate: 1000, seconds: 2, hop: 0.1, slowMs: 400 }));

it("keeps every sample and counts the hops that it skips", async () => {
  const { code, lines } = await biox(["run", slow, "--from", "sim:?rate=1000&duration=10", "--json", "--threads", "1"]);
  expect(code).toBe(0);
  const summary = lines.at(-1);
  expect(summary).toMatchObject({ samples: 10_000, lost: 0, unpredicted: 0 });
  expect(summary.skippedHops).toBeGreaterThan(5);
  // Every hop was either run or skipped, up to the last one.
  const last = lines.filter((l) => l.type === "prediction").at(-1).window[1];
  expect(summary.predictions + summary.skippedHops).toBe((last - 2000) / 100 + 1);
  // The newest window wins: it has waited for less than a run of the model, as a rule.
  const waits = lines.filter((l) => l.type === "prediction").map(({ ageMs, ms }) => ageMs / ms.total - 1);
  expect(waits.sort((a, b) => a - b)[waits.length >> 1]).toBeLessThan(1);
});

it("leaves a slow model behind at Ctrl-C", async () => {
  const crawling = join(folder, "crawling");
  await buildTinyBundle(crawling, { rate: 100, seconds: 2, hop: 0.5, slowMs: 3000 });
  const run = new Biox(["run", crawling, "--from", "sim:", "--json"]);
  const { ms } = await run.line((l) => l.type === "prediction");
  const begin = performance.now();
  const { lines, stderr } = await run.stop();
  // The next window is in the model already: it is not waited for.
  expect((performance.now() - begin) / ms.total).toBeLessThan(0.7);
  expect(lines.at(-1)).toMatchObject({ type: "summary", lost: 0 });
  expect(stderr).toBe("");
});
