/** A bundle of models of the real size, from the command that writes it to live predictions. */

import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, loadBundle, openSource, writeBundle } from "biox-edge";
import { afterAll, expect, it } from "vitest";
import { Biox, biox } from "./support/biox.js";

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

it("synthesize takes away what it has written when it is stopped", async () => {
  const run = new Biox(["bundle", "synthesize", "--route", "fog-eeg2emg", "--out", join(folder, "new", "stopped")]);
  const parts = (): string[] => (existsSync(join(folder, "new")) ? readdirSync(join(folder, "new")) : []);
  while (parts().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(parts()[0]).toMatch(/^stopped\..+\.part$/);
  const { code, stdout, stderr } = await run.stop("SIGTERM");
  expect({ code, stdout, stderr }).toEqual({ code: 130, stdout: "", stderr: "biox: Stopped: nothing was written.\n" });
  expect(parts()).toEqual([]);
});

// Linux only: elsewhere /proc is no file system that refuses new folders.
const PROC = process.platform === "linux";
if (!PROC) process.stdout.write("skipped: /proc is of Linux\n");

it.runIf(PROC)("a folder that cannot be made is an error at once, wherever one is made", async () => {
  const run = new Biox(["bundle", "synthesize", "--route", "wesad-ecg2ppg", "--out", "/proc/none/bundle"]);
  const timer = setTimeout(() => run.child.kill("SIGKILL"), 60_000);
  const { code, stderr } = await run.finished;
  clearTimeout(timer);
  expect(code).toBe(1);
  expect(stderr).toContain("File '/proc/none/bundle' cannot be written: its file system takes no new folders.");
  const { manifest } = await loadBundle(bundle);
  const files = Object.fromEntries(Object.keys(manifest.files).map((name) => [name, new Uint8Array(1)]));
  await expect(writeBundle("/proc/none", { manifest, files })).rejects.toMatchObject({ code: "FILE_UNWRITABLE" });
});
