/** What happens on the wire: noise, silence, and a device that is pulled out. */

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox, biox } from "./support/biox.js";

const folder = mkdtempSync(join(tmpdir(), "biox-link-"));
const tiny = join(folder, "tiny");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => buildTinyBundle(tiny, { rate: 100, seconds: 2, hop: 0.5 }));

const until = async (test: () => boolean): Promise<void> => {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 20));
};

it("takes up again where a device comes back, and marks what is missing", async () => {
  const link = join(folder, "wearable");
  const plugIn = () => new Biox(["emulate", "--hr", "80", "--link", link]);
  let emulator = plugIn();
  await emulator.line((l) => l.type === "tty");
  const run = new Biox(["run", tiny, "--from", `serial:${link}`, "--json"]);
  await run.line((l) => l.type === "prediction");
  await emulator.stop("SIGKILL");
  await run.line((l) => l.type === "link" && l.state === "reconnecting");
  rmSync(link, { force: true });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  emulator = plugIn();
  await run.line((l) => l.type === "link" && l.state === "open");
  const gap = await run.line((l) => l.type === "gap" && l.cause === "restart");
  const after = await run.line((l) => l.type === "prediction" && l.window[0] >= gap.at + gap.samples);
  const { code, lines } = await run.stop();
  await emulator.stop();

  expect(code).toBe(0);
  // The device was away for a second and a bit more; the gap is as long as the time that passed.
  expect(gap.samples).toBeGreaterThan(100);
  expect(gap.samples).toBeLessThan(1000);
  expect(after.lost).toBe(0);
  const across = lines.filter((l) => l.window && l.window[0] < gap.at + gap.samples && l.window[1] > gap.at);
  expect(across.length).toBeGreaterThan(0);
  for (const { window, lost } of across)
    expect(lost).toBe(Math.min(window[1], gap.at + gap.samples) - Math.max(window[0], gap.at));
  // Windows with more than a fifth missing have no answer, and say why.
  for (const line of across) expect(line.type).toBe(line.lost > 40 ? "unpredicted" : "prediction");
  expect(lines.at(-1)).toMatchObject({ type: "summary", link: { reconnects: 1 } });
  const windows = lines.filter((l) => l.window).map((l) => l.window[0]);
  expect(windows).toEqual(windows.map((_, k) => windows[0] + k * 50));
});

const SOCAT = ["/usr/bin/socat", "/usr/local/bin/socat", "/opt/homebrew/bin/socat"].find(existsSync);
if (!SOCAT) process.stdout.write("skipped: no socat\n");

describe.runIf(SOCAT)("a port with nothing sensible on it", () => {
  const near = join(folder, "near");
  const far = join(folder, "far");
  let socat: ChildProcess;
  beforeAll(async () => {
    socat = spawn(SOCAT!, [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`]);
    await until(() => existsSync(near) && existsSync(far));
  });
  afterAll(() => {
    socat.kill();
  });

  it("says that nothing comes", async () => {
    const { code, stderr } = await biox(["run", tiny, "--from", `serial:${near}`, "--json"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^biox: Nothing was received from serial:.* within 5 s\.\n {6}Check the cable/);
  });

  it("says that a megabyte of noise is not a device", async () => {
    const run = biox(["run", tiny, "--from", `serial:${near}`, "--json"]);
    const port = await open(far, "r+");
    const noise = randomBytes(1 << 20);
    for (let at = 0; at < noise.length; at += 4096) await port.write(noise.subarray(at, at + 4096));
    const { code, stderr } = await run;
    await port.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^biox: \d{6,} bytes were received .*, but none of them is a frame of device 'biox'\.\n/);
  });
});
