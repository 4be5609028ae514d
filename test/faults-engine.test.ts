/** Predictions through faults, of `biox run` as it is used: none is made of wrong data without saying so, whoever is held up. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { infer, loadBundle, readSafetensors, writeSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox, type Line } from "./support/biox.js";
import { FaultyDevice } from "./support/faulty-device.js";
import { RecordedRun } from "./support/run-times.js";
import { pause } from "./support/wait.js";
import { BIOX, type Wire } from "./support/wires.js";

const RATE = 100;
const WINDOW = 200;
/** Samples that the emulator puts in a frame at most. */
const MOST_PER_FRAME = 32;
const folder = mkdtempSync(join(tmpdir(), "biox-predict-"));
const tiny = join(folder, "tiny");
afterAll(() => rmSync(folder, { recursive: true }));

/** What sample `n` of the device measures: no two windows are alike. */
const measured = (n: number): number => Math.fround(1000 * Math.sin(n / 7) + 300 * Math.sin(n * n * 1e-4));
const WAVE: Wire = {
  ...BIOX,
  numbered: true,
  frame: (index, timeUs, values) => BIOX.frame(index, timeUs, values.map(measured)),
};

beforeAll(() => buildTinyBundle(tiny, { rate: RATE, seconds: 2, hop: 0.5 }));

/** Windows of whole samples: their answers are those of offline inference on the values that the device took. */
async function expectOffline(predictions: readonly Line[], first: number): Promise<void> {
  const whole = predictions.filter(({ lost }) => lost === 0);
  expect(whole.length).toBeGreaterThan(5);
  const signal = new Float64Array(whole.length * WINDOW);
  for (const [n, { window }] of whole.entries())
    for (let i = 0; i < WINDOW; i++) signal[n * WINDOW + i] = measured(first + window[0] + i);
  const file = writeSafetensors({ signal: { shape: [whole.length, 1, WINDOW], data: signal } });
  const { tensors } = await infer(await loadBundle(tiny), readSafetensors(file));
  const probs = whole.flatMap((prediction) => prediction.probs);
  for (const [i, p] of probs.entries()) expect(Math.abs(p - tensors.probs.data[i]!)).toBeLessThanOrEqual(1e-5);
}

describe.concurrent("predictions", () => {
  it("know of every sample that a window lacks, and are right where it lacks none", async () => {
    const device = await FaultyDevice.plugIn(join(folder, "lossy"), WAVE);
    const recording = join(folder, "lossy.bioxrec");
    const run = new Biox(["run", tiny, "--from", device.uri, "--record", recording, "--json"]);
    await run.line(({ type }) => type === "prediction");
    await pause(6000);
    // Single frames, damaged and repeated ones, then a stretch.
    let frames = 0;
    device.fault = (frame) => {
      frames++;
      if (frames % 10 === 3) return { bytes: frame.with(20, frame[20]! ^ 1), arrives: false };
      if (frames % 10 === 6) return { bytes: Uint8Array.of(...frame, ...frame), arrives: true };
      return { bytes: frame, arrives: true };
    };
    await pause(4000);
    device.fault = undefined;
    device.mute = true;
    await pause(1000);
    device.mute = false;
    device.clockOffsetUs = -20e6;
    const marker = device.next - device.arrives.indexOf(true);
    await run.line(({ window }) => window && window[0] > marker);
    const { code, lines } = await run.stop();
    await device.end();

    expect(code).toBe(0);
    const first = device.arrives.indexOf(true);
    const answers = lines.filter(({ window }) => window);
    for (const { type, window, lost } of answers) {
      const missing = device.arrives.slice(first + window[0], first + window[1]).filter((whole) => !whole).length;
      expect(lost).toBe(missing);
      expect(type).toBe(missing > 0.2 * WINDOW ? "unpredicted" : "prediction");
    }
    expect(answers.some(({ type, lost }) => type === "prediction" && lost > 0)).toBe(true);
    expect(answers.some(({ type }) => type === "unpredicted")).toBe(true);
    await expectOffline(
      lines.filter(({ type }) => type === "prediction"),
      first,
    );
    (await RecordedRun.read(recording, WAVE, first)).expectTimes(answers, device, first);
    expect(lines.at(-1)).toMatchObject({ type: "summary", clockJumps: 1, restarts: 0 });
    expect(lines.at(-1).duplicates).toBeGreaterThan(20);
  });

  it("are right behind 5 s in which the gateway was stopped", async () => {
    const device = await FaultyDevice.plugIn(join(folder, "waiting"), WAVE);
    const recording = join(folder, "waiting.bioxrec");
    const run = new Biox(["run", tiny, "--from", device.uri, "--record", recording, "--json"]);
    await run.line(({ type }) => type === "prediction");
    await pause(6000);
    run.child.kill("SIGSTOP");
    await pause(5000);
    run.child.kill("SIGCONT");
    const first = device.arrives.indexOf(true);
    // Windows are counted from the first sample that the gateway heard, the device's from when it was plugged in.
    const marker = device.next - first;
    const begin = performance.now();
    await run.line(({ type, window }) => type === "prediction" && window[1] > marker);
    expect(performance.now() - begin).toBeLessThan(5000);
    await pause(2000);
    const { code, lines } = await run.stop();
    await device.end();

    expect(code).toBe(0);
    const predictions = lines.filter(({ type }) => type === "prediction");
    (await RecordedRun.read(recording, WAVE, first)).expectTimes(predictions, device, first);
    await expectOffline(predictions, first);
    expect(lines.some(({ type }) => type === "link" || type === "gap")).toBe(false);
    expect(lines.at(-1)).toMatchObject({ lost: 0, duplicates: 0, restarts: 0, clockJumps: 0, link: { crcErrors: 0 } });
    const starts = predictions.map(({ window }) => window[0]);
    expect(starts).toEqual(starts.map((_, k) => starts[0] + k * 50));
  });

  it("are right behind 5 s in which the wearable was stopped", async () => {
    const csv = join(folder, "count.csv");
    writeFileSync(csv, `n\n${Array.from({ length: 30 * RATE }, (_, n) => measured(n)).join("\n")}\n`);
    const emulator = new Biox(["emulate", "--csv", csv, "--channel", "n", "--rate", String(RATE)]);
    const { path } = await emulator.line(({ type }) => type === "tty");
    const recording = join(folder, "stopped.bioxrec");
    const from = `serial:${path}?device=biox&channel=n`;
    const run = new Biox(["run", tiny, "--from", from, "--record", recording, "--json"]);
    await run.line(({ type }) => type === "prediction");
    await pause(6000);
    const pid = execFileSync("pgrep", ["-P", String(emulator.child.pid), "biox-emulator"], { encoding: "utf8" });
    process.kill(Number(pid), "SIGSTOP");
    await run.line(({ type, state }) => type === "link" && state === "silent");
    await pause(2000);
    process.kill(Number(pid), "SIGCONT");
    const begin = performance.now();
    await run.line(({ type, state }) => type === "link" && state === "open");
    expect(performance.now() - begin).toBeLessThan(5000);
    const sent = await emulator.line(({ type }) => type === "sent");
    const { code, lines } = await run.finished;

    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ samples: sent.samples, lost: 0, restarts: 0, clockJumps: 0 });
    const predictions = lines.filter(({ type }) => type === "prediction");
    const recorded = await RecordedRun.read(recording, { ...WAVE, perFrame: MOST_PER_FRAME }, 0, 1);
    recorded.expectTimes(predictions, recorded.evenly(sent.samples), 0);
    await expectOffline(predictions, 0);
  });
});
