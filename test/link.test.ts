/** What happens on the wire: noise, silence, and a device that is pulled out. */

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { encodeFrame, FrameKind } from "../src/framing/index.js";
import { Biox, biox } from "./support/biox.js";
import { FakeDevice, SOCAT, wave } from "./support/fake-device.js";

const folder = mkdtempSync(join(tmpdir(), "biox-link-"));
const tiny = join(folder, "tiny");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => buildTinyBundle(tiny, { rate: 100, seconds: 2, hop: 0.5 }));

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

describe.runIf(SOCAT)("a port with nothing sensible on it", () => {
  it("says that nothing comes", async () => {
    const device = await FakeDevice.plugIn(folder, "silent");
    const { code, stderr } = await biox(["run", tiny, "--from", `serial:${device.path}`, "--json"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^biox: Nothing was received from serial:.* within 5 s\.\n {6}Check the cable/);
    await device.unplug();
  });

  it("says that a megabyte of noise is not a device", async () => {
    const device = await FakeDevice.plugIn(folder, "noise");
    const run = biox(["run", tiny, "--from", `serial:${device.path}`, "--json"]);
    await device.asked();
    device.send(randomBytes(1 << 20));
    const { code, stderr } = await run;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^biox: \d{6,} bytes were received .*, but none of them is a frame of device 'biox'\.\n/);
    await device.unplug();
  });

  it("finds a device behind the noise, and reads on through more of it", async () => {
    const device = await FakeDevice.plugIn(folder, "noisy");
    const run = new Biox(["run", tiny, "--from", `serial:${device.path}`, "--json"]);
    await device.asked();
    device.send(randomBytes(1 << 18));
    device.send(new Uint8Array(1));
    device.hello();
    device.samples(0, wave(0, 200));
    device.send(randomBytes(1 << 18));
    device.send(new Uint8Array(1));
    device.samples(200, wave(200, 100));
    await run.line((l) => l.type === "prediction" && l.window[0] === 100);
    const { code, lines } = await run.stop();
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ samples: 300, lost: 0 });
    expect(lines.at(-1).link.bytes).toBeGreaterThan(1 << 19);
    await device.unplug();
  });
});

describe.runIf(SOCAT)("a device that does not keep to the rules", () => {
  async function start(name: string): Promise<{ device: FakeDevice; run: Biox }> {
    const device = await FakeDevice.plugIn(folder, name);
    const run = new Biox(["run", tiny, "--from", `serial:${device.path}`, "--json"]);
    await device.asked();
    device.hello();
    device.samples(0, wave(0, 200));
    await run.line((l) => l.type === "prediction");
    return { device, run };
  }

  it("is left when it describes itself otherwise", async () => {
    const { device, run } = await start("changed");
    device.hello({ rate: 50 });
    const { code, stderr, lines } = await run.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^biox: The device at serial:.* now describes stream 0 otherwise than at the start\.\n/);
    expect(lines.at(-1).type).toBe("summary");
    await device.unplug();
  });

  it("may send what is not a number, after a loss too, and is not believed", async () => {
    const { device, run } = await start("nan");
    device.samples(205, [Number.NaN, Number.POSITIVE_INFINITY, 3, 4, 5]);
    device.samples(210, wave(210, 90));
    const prediction = await run.line((l) => l.type === "prediction" && l.window[0] === 100);
    expect(prediction.lost).toBe(7);
    const { code, lines } = await run.stop();
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ samples: 293, lost: 7 });
    await device.unplug();
  });

  it("may add a stream, repeat itself, and send for streams that do not exist", async () => {
    const { device, run } = await start("more");
    device.hello(
      { next: 200 },
      { id: 3, name: "motion", channels: [{ name: "accX", unit: "g", scale: 1, offset: 0 }] },
    );
    device.samples(150, wave(150, 50));
    device.send(encodeFrame({ kind: FrameKind.samples, stream: 9, count: 1, payload: new Uint8Array(4) }));
    device.samples(200, wave(200, 100));
    await run.line((l) => l.type === "prediction" && l.window[0] === 100);
    const { code, lines } = await run.stop();
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ samples: 300, lost: 0, duplicates: 50, link: { undescribed: 1 } });
    await device.unplug();
  });
});
