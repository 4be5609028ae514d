/** The live path with a tiny model: what every clone can check. */

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createEngine,
  infer,
  loadBundle,
  openSource,
  type Prediction,
  readSafetensors,
  writeSafetensors,
} from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Relay } from "../src/stream/relay.js";
import { Biox, biox, type Line } from "./support/biox.js";
import { expectHops } from "./support/hops.js";

const folder = mkdtempSync(join(tmpdir(), "biox-live-"));
const tiny = join(folder, "tiny");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => buildTinyBundle(tiny, { rate: 100, seconds: 2, hop: 0.5 }));

describe("run", () => {
  it("predicts at each hop of a finite source and ends with a summary", async () => {
    const { code, lines, stderr } = await biox([
      "run",
      tiny,
      "--from",
      "sim:?hr=72&duration=20&speed=10&seed=1",
      "--json",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines[0]).toMatchObject({ type: "start", device: "biox-emulator", hop: 0.5 });
    const predictions = lines.filter((l) => l.type === "prediction");
    const summary = lines.at(-1);
    const starts = predictions.map((p) => p.window[0]);
    expectHops(starts, summary.skippedHops, 50, 37);
    for (const { probs, label, index, ms, ageMs, quality } of predictions) {
      expect(probs.reduce((a: number, b: number) => a + b)).toBeCloseTo(1, 5);
      expect(index).toBe(probs.indexOf(Math.max(...probs)));
      expect(typeof label).toBe("string");
      expect(ms.total).toBeCloseTo(ms.prepare + ms.lower + ms.bridge + ms.upper, 1);
      expect(ageMs).toBeGreaterThanOrEqual(ms.total);
      expect(quality).toBeGreaterThan(0.9);
    }
    expect(summary).toMatchObject({ type: "summary", predictions: predictions.length, samples: 2000, lost: 0 });
  });

  it("takes its hop from the command line", async () => {
    const { lines } = await biox(["run", tiny, "--from", "sim:?duration=8&speed=10", "--hop", "2", "--json"]);
    const starts = lines.filter((l) => l.type === "prediction").map((p) => p.window[0]);
    expectHops(starts, lines.at(-1).skippedHops, 200, 4);
  });

  it("brings samples of another rate to the bundle's and says so", async () => {
    const { lines } = await biox(["run", tiny, "--from", "sim:?rate=250&duration=4&speed=5", "--json"]);
    expect(lines.find((l) => l.type === "note").note).toContain("resampled from 250 to 100 Hz");
    const predictions = lines.filter((l) => l.type === "prediction");
    for (const { window } of predictions) expect(window[1] - window[0]).toBe(500);
    const starts = predictions.map((p) => p.window[0]);
    expectHops(starts, lines.at(-1).skippedHops, 125, 5);
  });

  it("stops within a second of Ctrl-C and still gives its summary", async () => {
    const run = new Biox(["run", tiny, "--from", "sim:?hr=72", "--json"]);
    await run.line((l) => l.type === "prediction");
    const { code, lines, stopSeconds } = await run.timeStop();
    expect(stopSeconds).toBeLessThan(1);
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: "summary", lost: 0 });
  });

  it("ends after --duration", async () => {
    const { code, ms, lines } = await biox(["run", tiny, "--from", "sim:?speed=10", "--duration", "3", "--json"]);
    expect(code).toBe(0);
    expect(ms).toBeGreaterThan(3000);
    expect(lines.at(-1).predictions).toBeGreaterThan(0);
  });

  it("runs again what was recorded, to the same answers and the same times", async () => {
    const recording = join(folder, "walk.bioxrec");
    const source = "sim:?hr=90&duration=12&speed=4&corrupt=0.02&seed=7";
    const record = await biox(["record", "--from", source, "--out", recording]);
    expect(record.code).toBe(0);
    expect(record.lines.at(-1).lost).toBeGreaterThan(0);
    const replay = () => biox(["run", tiny, "--from", `replay:${recording}?speed=3`, "--json"]);
    const [first, second] = [await replay(), await replay()];
    const essence = ({ t, window, probs, lost }: Line) => ({ t, window, probs, lost });
    const answers = first.lines.filter((l) => l.type === "prediction");
    expect(answers.length).toBeGreaterThan(5);
    let common = 0;
    // A busy machine may leave out a window of either.
    for (const { t, window, probs, lost } of second.lines.filter((l) => l.type === "prediction")) {
      const other = answers.find((answer) => answer.window[0] === window[0]);
      if (!other) continue;
      expect({ t, window, probs, lost }).toEqual(essence(other));
      common++;
    }
    expect(common).toBeGreaterThan(5);
    const { samples, lost } = first.lines.at(-1);
    expect({ samples, lost }).toEqual({ samples: record.lines.at(-1).samples, lost: record.lines.at(-1).lost });
    expect((await biox(["record", "--from", source, "--out", recording])).stderr).toContain("exists already");
  });
});

describe("library", () => {
  it("gives predictions that offline inference repeats, from samples that anyone can read", async () => {
    const bundle = await loadBundle(tiny);
    const engine = await createEngine(bundle, { threads: 1 });
    const source = await openSource("sim:?hr=120&duration=10&speed=10&seed=5");
    const signal: number[] = [];
    const collecting = (async () => {
      for await (const { values, index } of source.samples()) {
        expect(index).toBe(signal.length);
        signal.push(...values);
      }
    })();
    const predictions: Prediction[] = [];
    for await (const prediction of engine.run(source)) predictions.push(prediction);
    await collecting;
    const starts = predictions.map((p) => p.window[0]);
    expectHops(starts, engine.summary(source)!.skippedHops, 50, 17);
    expect(signal.length).toBe(1000);

    const windows = new Float64Array(predictions.length * 200);
    predictions.forEach((p, n) => {
      windows.set(signal.slice(...p.window), n * 200);
    });
    const file = writeSafetensors({ signal: { shape: [predictions.length, 1, 200], data: windows } });
    const { tensors } = await infer(bundle, readSafetensors(file));
    const live = predictions.flatMap((p) => p.probs);
    live.forEach((p, i) => {
      expect(Math.abs(p - tensors.probs.data[i]!)).toBeLessThanOrEqual(1e-5);
    });
    await source.close();
    await engine.close();
  });

  it("runs one source after another, and stops at a signal", async () => {
    const engine = await createEngine(await loadBundle(tiny));
    for (let round = 0; round < 2; round++) {
      const stop = new AbortController();
      const source = await openSource("sim:?speed=5", { signal: stop.signal });
      let count = 0;
      for await (const _ of engine.run(source, { signal: stop.signal })) if (++count === 3) stop.abort();
      expect(count).toBeGreaterThanOrEqual(3);
      expect(engine.summary()?.predictions).toBeGreaterThanOrEqual(3);
      await source.close();
    }
    await engine.close();
  });

  it("can be left in the middle", async () => {
    const engine = await createEngine(await loadBundle(tiny));
    const source = await openSource("sim:?speed=5");
    for await (const prediction of engine.run(source)) {
      expect(prediction.type).toBe("prediction");
      break;
    }
    await source.close();
    await engine.close();
  });

  it("gives a run only its own predictions, whatever the one before it left behind", async () => {
    const engine = await createEngine(await loadBundle(tiny));
    const [first, second] = [
      await openSource("sim:?speed=20&seed=1"),
      await openSource("sim:?speed=20&seed=2&duration=30"),
    ];
    for await (const _ of engine.run(first)) break;
    const predictions: Prediction[] = [];
    for await (const prediction of engine.run(second)) predictions.push(prediction);
    expect(predictions.every((p) => p.source === second.uri)).toBe(true);
    const starts = predictions.map((p) => p.window[0]);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect(starts.length).toBeGreaterThan(10);
    await first.close();
    await second.close();
    await engine.close();
  });

  it("ends a run when its engine is closed, and refuses another", async () => {
    const engine = await createEngine(await loadBundle(tiny));
    const source = await openSource("sim:?speed=5");
    let closed: Promise<void> | undefined;
    for await (const _ of engine.run(source)) closed ??= engine.close();
    await closed;
    await engine.close();
    await expect(engine.run(source).next()).rejects.toMatchObject({ code: "ENGINE_FAILED" });
    await source.close();
  });

  it("refuses to run a source that it is running already", async () => {
    const engine = await createEngine(await loadBundle(tiny));
    const source = await openSource("sim:?speed=5");
    const run = engine.run(source);
    await run.next();
    await expect(engine.run(source).next()).rejects.toMatchObject({ code: "ENGINE_FAILED" });
    await run.return();
    await source.close();
    await engine.close();
  });

  it("leaves nothing behind when it is told to stop while a source opens", async () => {
    const script = `
      import { openSource } from "biox-edge";
      const stop = new AbortController();
      const [uri, ms] = process.argv.slice(1);
      if (ms === "0") process.nextTick(() => stop.abort());
      else setTimeout(() => stop.abort(), Number(ms));
      const opening = openSource(uri, { signal: stop.signal });
      await opening.then((source) => source.close(), (error) => console.log(error.name));`;
    const args = (uri: string, ms: number) => ["--input-type=module", "--eval", script, uri, String(ms)];
    // It must end by itself: the timeout kills it, and then there is no exit code.
    const open = (uri: string, ms: number) =>
      spawnSync(process.execPath, args(uri, ms), { timeout: 60_000, encoding: "utf8" });
    // Before anything is there; and in the midst of opening, or at its end where the machine is fast.
    expect(open("sim:", 0)).toMatchObject({ status: 0, stdout: "AbortError\n" });
    for (const ms of [1, 5, 15]) expect(open("sim:", ms), `after ${ms} ms`).toMatchObject({ status: 0, stderr: "" });
    // A terminal behind which nobody answers keeps it waiting for 5 s.
    const silent = await Relay.start(undefined, { opened: () => {}, bytes: () => {}, closed: () => {} });
    expect(open(`serial:${silent.path}`, 300)).toMatchObject({ status: 0, stdout: "AbortError\n" });
    silent.stop();
    await silent.exited;
  });

  it("tells of an emulator that dies", async () => {
    const engine = await createEngine(await loadBundle(tiny));
    const source = await openSource("sim:?speed=5");
    const pid = execFileSync("pgrep", ["-P", String(process.pid), "biox-emulator"], { encoding: "utf8" }).trim();
    const run = engine.run(source);
    await run.next();
    process.kill(Number(pid), "SIGKILL");
    await expect(
      (async () => {
        for (;;) if ((await run.next()).done) return;
      })(),
    ).rejects.toMatchObject({ code: "EMULATOR_FAILED" });
    await source.close();
    await engine.close();
  });

  it("refuses options that cannot be", async () => {
    const engine = await createEngine(await loadBundle(tiny));
    const source = await openSource("sim:?speed=5");
    await expect(engine.run(source, { hop: 0 }).next()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(engine.run(source, { hop: 1e308 }).next()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(engine.run(source, { maxLost: 2 }).next()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await source.close();
    await engine.close();
    await expect(createEngine(await loadBundle(tiny), { threads: 0 })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    await expect(openSource("sim:", { signal: AbortSignal.abort() })).rejects.toThrow();
    for (const history of [0, Number.NaN, 1e12])
      await expect(openSource("sim:", { history })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(openSource("sim:", { helloTimeout: Number.NaN })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

it("lets a process end in the middle of a window", async () => {
  const bundle = join(folder, "slow");
  await buildTinyBundle(bundle, { rate: 100, seconds: 2, hop: 0.1, slowMs: 300 });
  const script = `
    import { createEngine, loadBundle, openSource } from "biox-edge";
    const engine = await createEngine(await loadBundle(${JSON.stringify(bundle)}));
    const source = await openSource("sim:?speed=5");
    setTimeout(() => process.exit(7), 2500);
    for await (const _ of engine.run(source));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text));
  const [code] = await once(child, "exit");
  expect({ code, output }).toEqual({ code: 7, output: "" });
});
