/** Several sources on one engine: the answers of each are those it would get alone, and nothing that happens to one disturbs another. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, type Engine, type EngineOptions, loadBundle, openSource, type Prediction } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { until } from "./support/wait.js";

const folder = mkdtempSync(join(tmpdir(), "biox-pool-"));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** A causal filter first: where windows of a source were run out of order, or by another's state, answers would differ. */
const prepare = [
  { step: "bandpass", design: "butterworth", order: 2, low: 0.5, high: 8, mode: "causal" },
  { step: "zscore" },
  { step: "cast", dtype: "float32" },
];
const OPTIONS = { rate: 100, seconds: 2, hop: 0.5, prepare, openBatch: true } as const;
beforeAll(async () => {
  await buildTinyBundle(path("tiny"), OPTIONS);
  await buildTinyBundle(path("slow"), { ...OPTIONS, slowMs: 150 });
  await buildTinyBundle(path("fixed"), { ...OPTIONS, slowMs: 150, openBatch: false });
});

/** Runs sources side by side on one engine: predictions of each, in the order in which they came. */
async function runAll(engine: Engine, uris: readonly string[]): Promise<Prediction[][]> {
  return Promise.all(
    uris.map(async (uri) => {
      const source = await openSource(uri);
      const predictions: Prediction[] = [];
      for await (const prediction of engine.run(source)) predictions.push(prediction);
      await source.close();
      return predictions;
    }),
  );
}

async function runWith(bundle: string, uris: readonly string[], options: EngineOptions): Promise<Prediction[][]> {
  const engine = await createEngine(await loadBundle(path(bundle)), { threads: 1, ...options });
  const predictions = await runAll(engine, uris);
  await engine.close();
  return predictions;
}

/** The same windows have the same answers; a busy machine may have skipped some in one of the runs. */
function expectSameAnswers(found: readonly Prediction[], expected: readonly Prediction[], tolerance: number): void {
  const byStart = new Map(expected.map((prediction) => [prediction.window[0], prediction]));
  const both = found.filter(({ window }) => byStart.has(window[0]));
  expect(both.length).toBeGreaterThan(0);
  for (const { window, label, probs } of both) {
    const other = byStart.get(window[0])!;
    expect(label).toBe(other.label);
    for (const [i, p] of probs.entries()) expect(Math.abs(p - other.probs[i]!)).toBeLessThanOrEqual(tolerance);
  }
}

const SIMS = [1, 2, 3, 4].map((seed) => `sim:?hr=${60 + 20 * seed}&seed=${seed}&duration=20&speed=5`);

describe("a pool", () => {
  it("gives each source the answers that it gets alone, in order", async () => {
    const pooled = await runWith("tiny", SIMS, { engines: 2 });
    const alone = (await Promise.all(SIMS.map((uri) => runWith("tiny", [uri], {})))).flat();
    for (const [i, uri] of SIMS.entries()) {
      expectSameAnswers(pooled[i]!, alone[i]!, 0);
      const starts = pooled[i]!.map(({ window }) => window[0]);
      expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
      expect(pooled[i]!.every(({ source }) => source === uri)).toBe(true);
    }
  });

  it("really computes in several engines at once, and in one never", async () => {
    // More windows than two engines can take.
    const endless = ["sim:?seed=1&speed=5", "sim:?seed=2&speed=5"];
    /** Windows that are in the model at the same time, on average. */
    const together = async (engines: number): Promise<number> => {
      const engine = await createEngine(await loadBundle(path("slow")), { threads: 1, engines });
      expect(engine.info).toMatchObject({ engines, threads: 1 });
      const ends: number[] = [];
      let inModel = 0;
      engine.on("prediction", ({ ms }) => {
        if (ends.push(performance.now()) > 1) inModel += ms.lower + ms.bridge + ms.upper;
        if (ends.length === 16) void engine.close();
      });
      await Promise.all(
        endless.map(async (uri) => {
          const source = await openSource(uri);
          for await (const _ of engine.run(source));
          await source.close();
        }),
      );
      return inModel / (ends.at(-1)! - ends[0]!);
    };
    expect(await together(2)).toBeGreaterThan(1.3);
    expect(await together(1)).toBeLessThan(1.3);
  });

  it("gives every source its turn where the model is too slow for all of them", async () => {
    const engine = await createEngine(await loadBundle(path("slow")), { threads: 1 });
    const counts = new Map<string, number>();
    let total = 0;
    engine.on("prediction", ({ source }) => {
      // Turns count from when all three are there.
      counts.set(source, counts.size < 3 ? 0 : counts.get(source)! + 1);
      if (counts.size === 3 && ++total === 24) void engine.close();
    });
    // 150 ms for a window, and 3 windows each 100 ms.
    await runAll(engine, ["sim:?seed=1&speed=5", "sim:?seed=2&speed=5", "sim:?seed=3&speed=5"]);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(6);
  });

  it("tells what came of each source", async () => {
    const engine = await createEngine(await loadBundle(path("tiny")), { threads: 1 });
    const [first, second] = [await openSource(SIMS[0]!), await openSource("sim:?duration=10&speed=10")];
    expect(engine.summary()).toBeUndefined();
    await Promise.all(
      [first, second].map(async (source) => {
        for await (const _ of engine.run(source));
      }),
    );
    expect(engine.summary(first)).toMatchObject({ source: first.uri, samples: 2000, dropped: 0 });
    expect(engine.summary(second)).toMatchObject({ source: second.uri, samples: 1000, dropped: 0 });
    await first.close();
    await second.close();
    await engine.close();
  });

  it("ends all runs when it is closed", async () => {
    const engine = await createEngine(await loadBundle(path("slow")), { engines: 2, threads: 1 });
    setTimeout(() => void engine.close(), 1500);
    const predictions = await runAll(engine, ["sim:?seed=1", "sim:?seed=2", "sim:?seed=3"]);
    expect(predictions).toHaveLength(3);
    const source = await openSource("sim:");
    await expect(engine.run(source).next()).rejects.toMatchObject({ code: "ENGINE_FAILED" });
    await source.close();
  });

  it("lets a process end while all engines compute", async () => {
    const script = `
      import { createEngine, loadBundle, openSource } from "biox-edge";
      const engine = await createEngine(await loadBundle(${JSON.stringify(path("slow"))}), { engines: 2, threads: 1 });
      for (const seed of [1, 2, 3]) {
        const source = await openSource("sim:?speed=5&seed=" + seed);
        (async () => { for await (const _ of engine.run(source)); })();
      }
      setTimeout(() => process.exit(7), 2000);`;
    const args = ["--input-type=module", "--eval", script];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text));
    const [code] = await once(child, "exit");
    expect({ code, output }).toEqual({ code: 7, output: "" });
  });

  it("goes on with the others when a source breaks", async () => {
    const row = (i: number): string => `${Math.sin(i / 10)}\n`;
    const rows = Array.from({ length: 1500 }, (_, i) => row(i));
    writeFileSync(path("good.csv"), `ppg\n${rows.join("")}`);
    writeFileSync(path("bad.csv"), `ppg\n${rows.slice(0, 700).join("")}oops\n${rows.slice(700).join("")}`);
    const engine = await createEngine(await loadBundle(path("tiny")), { threads: 1 });
    const uri = (name: string): string => `replay:${path(name)}?channel=ppg&rate=100&speed=5`;
    const [good, bad] = await Promise.allSettled([runAll(engine, [uri("good.csv")]), runAll(engine, [uri("bad.csv")])]);
    await engine.close();
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "FILE_INVALID" } });
    expect(good.status === "fulfilled" && good.value[0]!.at(-1)!.window).toEqual([1300, 1500]);
  });

  it("refuses numbers that cannot be", async () => {
    const bundle = await loadBundle(path("tiny"));
    for (const name of ["engines", "threads", "batch"] as const)
      for (const value of [0, -1, 1.5, 65, Number.NaN, "2" as never])
        await expect(createEngine(bundle, { [name]: value })).rejects.toMatchObject({
          code: "INVALID_ARGUMENT",
          message: expect.stringContaining(`Expected ${name} to be a whole number from 1 to 64`),
        });
  });

  it("refuses so many threads that the machine would come to a stand", async () => {
    await expect(createEngine(await loadBundle(path("tiny")), { engines: 64, threads: 64 })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("64 engine(s) with 64 threads each would be 4096 threads"),
    });
  });

  it("refuses a model that cannot run, and leaves no thread behind", async () => {
    const bundle = await loadBundle(path("tiny"));
    const broken = { ...bundle, upper: new Uint8Array(10) };
    await expect(createEngine(broken, { engines: 3 })).rejects.toMatchObject({ code: "BUNDLE_INVALID" });
  });
});

describe("a batch", () => {
  // Faster than the model, so that windows of several sources wait for it.
  const quick = [1, 2, 3].map((seed) => `sim:?hr=${60 + 20 * seed}&seed=${seed}&duration=20&speed=5`);

  it.each([
    ["slow", true],
    ["fixed", false],
  ])("of halves of the bundle '%s' gives the answers that windows get alone", async (bundle, joint) => {
    const engine = await createEngine(await loadBundle(path(bundle)), { threads: 1, batch: 3 });
    expect(engine.info.batch).toEqual({ most: 3, lower: joint, upper: joint });
    const together = await runAll(engine, quick);
    await engine.close();
    const sizes = new Set(together.flat().map(({ batch }) => batch));
    expect(sizes).toContain(3);
    const alone = await runWith("tiny", quick, {});
    for (const [i, predictions] of together.entries()) expectSameAnswers(predictions, alone[i]!, 1e-5);
  });

  it("does without a window for which the model has no answer", async () => {
    const raw = { ...OPTIONS, prepare: [{ step: "cast", dtype: "float32" }] };
    await buildTinyBundle(path("raw"), raw);
    await buildTinyBundle(path("slow-raw"), { ...raw, slowMs: 100 });
    const rows = (value: number): string => Array.from({ length: 1500 }, (_, i) => `${value * Math.sin(i)}\n`).join("");
    writeFileSync(path("usual.csv"), `ppg\n${rows(1)}`);
    writeFileSync(path("huge.csv"), `ppg\n${rows(3e38)}`);
    const uri = (name: string): string => `replay:${path(name)}.csv?channel=ppg&rate=100&speed=5`;
    const engine = await createEngine(await loadBundle(path("slow-raw")), { threads: 1, batch: 2 });
    const reasons: string[] = [];
    engine.on("unpredicted", ({ source, reason }) => reasons.push(`${source} ${reason}`));
    const [usual, huge] = await runAll(engine, [uri("usual"), uri("huge")]);
    await engine.close();
    expect(huge).toEqual([]);
    expect(new Set(reasons)).toEqual(new Set([`${uri("huge")} The model gave a number that is not finite.`]));
    expect(usual!.some(({ batch }) => batch === 2)).toBe(true);
    const [alone] = await runWith("raw", [uri("usual")], {});
    expectSameAnswers(usual!, alone!, 1e-5);
  });
});

it("keeps the newest 1000 predictions for a consumer that is slow, and counts the others", async () => {
  await buildTinyBundle(path("hasty"), { rate: 100, seconds: 0.5, hop: 0.01 });
  const engine = await createEngine(await loadBundle(path("hasty")), { threads: 1 });
  const notes: string[] = [];
  engine.on("note", (note) => notes.push(note));
  const source = await openSource("sim:?duration=60&speed=10");
  const run = engine.run(source);
  await run.next();
  let newest: Prediction | undefined;
  engine.on("prediction", (prediction) => {
    newest = prediction;
  });
  // The newest window wins: the last one is predicted, however many were left out before it.
  await until(() => newest?.window[1] === 6000, "the last window");
  const taken: Prediction[] = [];
  for await (const prediction of run) taken.push(prediction);
  const { predictions, dropped } = engine.summary(source)!;
  expect(taken.length).toBe(1000);
  expect(dropped).toBe(predictions - 1001);
  expect(taken.at(-1)).toBe(newest);
  const starts = taken.map(({ window }) => window[0]);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect(notes).toEqual([expect.stringContaining("not taken in time")]);
  await source.close();
  await engine.close();
});
