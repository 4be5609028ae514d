/** A bundle of models of the real size, from the command that writes it to live predictions. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, loadBundle, openSource } from "biox-edge";
import { afterAll, expect, it } from "vitest";
import { biox } from "./support/biox.js";

const folder = mkdtempSync(join(tmpdir(), "biox-synthesize-"));
const bundle = join(folder, "ecg2ppg");
afterAll(() => rmSync(folder, { recursive: true }));

it("synthesize writes a bundle that inspect and verify accept", async () => {
  const { code, lines } = await biox(["bundle", "synthesize", "--route", "wesad-ecg2ppg", "--out", bundle]);
  expect(code).toBe(0);
  expect(lines).toEqual([{ type: "synthesized", route: "wesad-ecg2ppg", seed: 1, out: bundle }]);
  expect(readdirSync(folder)).toEqual(["ecg2ppg"]);
  const inspected = await biox(["inspect", bundle, "--json"]);
  expect(inspected.code).toBe(0);
  expect(inspected.lines[0]).toMatchObject({
    name: "wesad-ecg2ppg, random weights",
    parameters: 188_912,
    shape: { channelsIn: 64, rank: 8, prototypes: 150, tokens: 93, width: 512 },
  });
  expect((await biox(["bundle", "verify", bundle])).code).toBe(0);
});

it("the engine answers a simulated wearable with it", async () => {
  const engine = await createEngine(await loadBundle(bundle), { threads: 1 });
  const source = await openSource("sim:?speed=100&duration=80");
  const predictions = [];
  for await (const prediction of engine.run(source)) predictions.push(prediction);
  await source.close();
  await engine.close();
  expect(predictions.length).toBeGreaterThan(0);
  for (const { probs, ms } of predictions) {
    expect(probs.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(ms.total).toBeGreaterThan(0);
  }
});

it("synthesize says what is wrong, and keeps what is there", async () => {
  const again = await biox(["bundle", "synthesize", "--route", "wesad-ecg2ppg", "--out", bundle]);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain("it exists already");
  const unknown = await biox(["bundle", "synthesize", "--route", "wesad", "--out", join(folder, "b")]);
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain("wesad-ecg2ppg, wesad-ppg2ecg");
  const seed = await biox(["bundle", "synthesize", "--route", "wesad-ecg2ppg", "--seed", "-1", "--out", bundle]);
  expect(seed.code).toBe(1);
  expect(seed.stderr).toContain("0 to 4294967295");
  expect(readdirSync(folder)).toEqual(["ecg2ppg"]);
});
