/** Real PPG through a real terminal: emulator, serial port, engine; the same answers as offline on the same windows. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { infer, loadBundle, readCsv, readSafetensors, writeSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Biox, type Line } from "./support/biox.js";
import { expectHops } from "./support/hops.js";
import { sharedPath } from "./support/shared.js";

const RATE = 125;
const WINDOW = 1250;
const HOP_S = 5;
/** Seconds of the recording that are played in real time. */
const REAL_TIME_S = 24;

const bundlePath = sharedPath("fixture/bundle");
const recording = sharedPath("data/troika/02_TYPE02.csv.gz");
const folder = mkdtempSync(join(tmpdir(), "biox-troika-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(bundlePath && recording)("troika through a terminal", () => {
  let ppg: Float64Array;
  beforeAll(async () => {
    ppg = (await readCsv(recording!, ["ppg1"])).values[0]!;
  });

  /** Plays with the emulator, runs the engine on its terminal, and gives both accounts. */
  async function play(csv: string, flags: string[], hop: number): Promise<{ run: Biox; sent: Line; summary: Line }> {
    const emulator = new Biox(["emulate", "--csv", csv, "--channel", "ppg1", "--rate", String(RATE), ...flags]);
    const { path } = await emulator.line((l) => l.type === "tty");
    const run = new Biox(["run", bundlePath!, "--from", `serial:${path}?device=biox`, "--hop", String(hop), "--json"]);
    const sent = await emulator.line((l) => l.type === "sent");
    const { code, stderr } = await run.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return { run, sent, summary: run.lines.at(-1) };
  }

  /** What offline inference says of the windows of these predictions. */
  async function offline(predictions: Line[]): Promise<Float32Array> {
    const signal = new Float64Array(predictions.length * WINDOW);
    predictions.forEach(({ window }, n) => {
      signal.set(ppg.subarray(window[0], window[1]), n * WINDOW);
    });
    const file = { signal: { shape: [predictions.length, 1, WINDOW], data: signal } };
    const bundle = await loadBundle(bundlePath!);
    const { tensors } = await infer(bundle, readSafetensors(writeSafetensors(file, { rate: String(RATE) })));
    return tensors.probs.data;
  }

  async function expectSame(predictions: Line[]): Promise<void> {
    const probs = await offline(predictions);
    let worst = 0;
    for (const [n, prediction] of predictions.entries()) {
      const expected = [...probs.subarray(n * 3, n * 3 + 3)];
      expect(prediction.index).toBe(expected.indexOf(Math.max(...expected)));
      for (let k = 0; k < 3; k++) worst = Math.max(worst, Math.abs(prediction.probs[k] - expected[k]!));
    }
    expect(worst).toBeLessThanOrEqual(1e-5);
  }

  function expectWhole(run: Biox, sent: Line, summary: Line, samples: number, hop: number): Line[] {
    expect(sent).toMatchObject({ samples, corrupted: 0, dropped: 0 });
    expect(summary).toMatchObject({ type: "summary", samples, lost: 0, unpredicted: 0 });
    const predictions = run.type("prediction");
    const windows = Math.floor((samples - WINDOW) / (hop * RATE)) + 1;
    expectHops(
      predictions.map((p) => p.window[0]),
      summary.skippedHops,
      hop * RATE,
      windows,
    );
    return predictions;
  }

  it("loses nothing in real time", async () => {
    const csv = join(folder, "start.csv");
    const samples = REAL_TIME_S * RATE;
    writeFileSync(csv, `ppg1\n${[...ppg.subarray(0, samples)].join("\n")}\n`);
    const { run, sent, summary } = await play(csv, [], 2);
    const predictions = expectWhole(run, sent, summary, samples, 2);
    await expectSame(predictions);
    // Ten seconds, but for what the clock still learns of a link that a busy machine delays; src/stream/clock.test.ts has its accuracy.
    for (const { t } of predictions) expect(Math.abs(t[1] - t[0] - 10_000)).toBeLessThan(1000);
  });

  it("loses nothing at twenty times the speed", async () => {
    const { run, sent, summary } = await play(recording!, ["--speed", "20"], HOP_S);
    await expectSame(expectWhole(run, sent, summary, ppg.length, HOP_S));
  });

  it("counts what a bad wire destroys, to the sample, and goes on", async () => {
    const { run, sent, summary } = await play(recording!, ["--speed", "20", "--corrupt", "0.01", "--seed", "3"], HOP_S);
    expect(sent.corrupted).toBeGreaterThan(20);
    expect(summary.lost).toBe(sent.lostSamples);
    expect(summary.samples + summary.lost).toBe(ppg.length);
    expect(summary.link.crcErrors + summary.link.framingErrors).toBeGreaterThanOrEqual(sent.corrupted);

    const gaps = run.type("gap");
    expect(gaps.reduce((sum, gap) => sum + gap.samples, 0)).toBe(sent.lostSamples);
    const marked = new Uint8Array(ppg.length);
    for (const { at, samples } of gaps) marked.fill(1, at, at + samples);
    const predictions = run.type("prediction");
    const windows = Math.floor((ppg.length - WINDOW) / (HOP_S * RATE)) + 1;
    expect(predictions.length + summary.skippedHops).toBe(windows);
    for (const { window, lost, quality } of predictions) {
      expect(lost).toBe(marked.subarray(window[0], window[1]).reduce((a, b) => a + b, 0));
      expect(quality).toBeLessThanOrEqual(1 - lost / WINDOW + 1e-3);
    }
    // Windows that nothing is missing from are as if the wire were good.
    const whole = predictions.filter((p) => p.lost === 0);
    expect(whole.length).toBeGreaterThan(0);
    expect(whole.length).toBeLessThan(predictions.length);
    await expectSame(whole);
  });
});
