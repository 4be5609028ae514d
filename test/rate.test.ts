/** A device that takes samples at another rate than it claims, through a real terminal. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, loadBundle, openSource, type Prediction } from "biox-edge";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { encodeFrame, FrameKind } from "../src/framing/index.js";
import { FakeDevice, SOCAT } from "./support/fake-device.js";

const CLAIMED = 250;
const TRUE = 275;
const BLOCK = 11;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biox-rate-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Sends blocks at their true times until stopped. */
function play(device: FakeDevice): { stop(): void } {
  const begin = performance.now();
  let index = 0;
  const timer = setInterval(() => {
    while (((index + BLOCK) * 1000) / TRUE <= performance.now() - begin) {
      const values = Float32Array.from({ length: BLOCK }, (_, i) => 1000 * Math.sin((index + i) / 30));
      const timeUs = Math.round((index * 1e6) / TRUE);
      const payload = new Uint8Array(values.buffer);
      device.send(encodeFrame({ kind: FrameKind.samples, index, count: BLOCK, timeUs, payload }));
      index += BLOCK;
    }
  }, 5);
  return { stop: () => clearInterval(timer) };
}

describe.runIf(SOCAT)("a device that claims 250 Hz and takes 275", () => {
  it("is found within 30 s, and its windows are cut and resampled by the true rate", async () => {
    const bundle = join(folder, "tiny");
    await buildTinyBundle(bundle, { rate: CLAIMED, seconds: 2, hop: 1 });
    const device = await FakeDevice.plugIn(folder, "fast");
    const engine = await createEngine(await loadBundle(bundle), { threads: 1 });
    void device.asked().then(() => device.hello({ rate: CLAIMED }));
    const source = await openSource(`serial:${device.path}`);
    const playing = play(device);
    const notes: string[] = [];
    engine.on("note", (note) => notes.push(note));
    const lengths: number[] = [];
    let last: Prediction | undefined;
    try {
      for await (const prediction of engine.run(source)) {
        last = prediction;
        lengths.push(prediction.window[1] - prediction.window[0]);
        expect(prediction.lost).toBe(0);
        if (lengths.length >= 30 || lengths.filter((length) => length === 2 * TRUE).length >= 3) break;
      }
      expect(lengths[0]).toBe(2 * CLAIMED);
      expect(lengths.at(-1)).toBe(2 * TRUE);
      expect(notes).toEqual(["the device claims 250 Hz and takes 275; windows are cut and resampled by that"]);
      // Two seconds by the host's clock, which before were 1.82.
      expect(last!.t[1] - last!.t[0]).toBeGreaterThan(1980);
      expect(last!.t[1] - last!.t[0]).toBeLessThan(2020);
      const [clock] = engine.summary(source)!.clocks;
      expect(clock).toMatchObject({ stream: "pulse", clock: "device", nominalRate: CLAIMED });
      expect(clock!.rate).toBeGreaterThan(274);
      expect(clock!.rate).toBeLessThan(276);
    } finally {
      playing.stop();
      await source.close();
      await engine.close();
      await device.unplug();
    }
  });
});
