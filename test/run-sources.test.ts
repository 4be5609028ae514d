/** `biox run` with several sources: one stream of predictions, a summary of each, and an exit code for all. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { createEngine, loadBundle, openSource, SourcesView } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox, biox } from "./support/biox.js";
import { expectHops } from "./support/hops.js";
import { until } from "./support/wait.js";

const folder = mkdtempSync(join(tmpdir(), "biox-sources-"));
const tiny = join(folder, "tiny");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => buildTinyBundle(tiny, { rate: 100, seconds: 2, hop: 0.5 }));

const from = (...uris: string[]): string[] => uris.flatMap((uri) => ["--from", uri]);
const [A, B] = ["sim:?seed=1&duration=20&speed=10", "sim:?seed=2&duration=10&speed=5&rate=250"];

describe("several sources", () => {
  it("share one stream of events, each of which names its source", async () => {
    const { code, lines, stderr } = await biox(["run", tiny, ...from(A, B), "--engines", "2", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const of = (uri: string) => lines.filter(({ source }) => source === uri);
    expect(of(A).length + of(B).length).toBe(lines.length);
    for (const [uri, samples, windows] of [
      [A, 2000, 37],
      [B, 2500, 17],
    ] as const) {
      const [first, ...rest] = of(uri);
      expect(first).toMatchObject({ type: "start", engine: { engines: 2 } });
      const summary = rest.pop();
      expect(summary).toMatchObject({ type: "summary", samples, lost: 0, dropped: 0 });
      const starts = rest.filter(({ type }) => type === "prediction").map(({ window }) => window[0]);
      expectHops(starts, summary.skippedHops, samples / (windows + 3), windows);
    }
    expect(of(B).some(({ type, note }) => type === "note" && note.includes("250"))).toBe(true);
  });

  it("do not end with one that fails, but the exit code tells of it", async () => {
    const gone = `replay:${join(folder, "gone.csv")}?channel=ppg&rate=100`;
    const { code, lines, stderr } = await biox(["run", tiny, ...from(gone, `${A}&channel=none`, A), "--json"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`biox: ${gone}: File '${join(folder, "gone.csv")}' does not exist.`);
    expect(stderr).toContain(`biox: ${A}&channel=none: The source has no channel none`);
    expect(lines.at(-1)).toMatchObject({ type: "summary", source: A, samples: 2000 });
  });

  it("end within two seconds of Ctrl-C, each with its summary", async () => {
    const slow = join(folder, "slow");
    await buildTinyBundle(slow, { rate: 100, seconds: 2, hop: 0.5, slowMs: 1500 });
    const run = new Biox([
      "run",
      slow,
      ...from("sim:?seed=1", "sim:?seed=2", "sim:?seed=3"),
      "--engines",
      "2",
      "--json",
    ]);
    await run.line(({ type }) => type === "prediction");
    const { lines, stderr, stopSeconds } = await run.timeStop();
    expect(stopSeconds).toBeLessThan(2);
    expect(stderr).toBe("");
    expect(
      lines
        .filter(({ type }) => type === "summary")
        .map(({ source }) => source)
        .sort(),
    ).toEqual(["sim:?seed=1", "sim:?seed=2", "sim:?seed=3"]);
  });

  it("are refused where they could not be told apart, or one is no source", async () => {
    const twice = await biox(["run", tiny, ...from(A, A)]);
    expect(twice).toMatchObject({ code: 1, stdout: "" });
    expect(twice.stderr).toContain("is given twice");
    const wrong = await biox(["run", tiny, ...from(A, "simulated")]);
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain("simulated");
  });

  it("need no more than is there: numbers of engines and windows that cannot be are refused", async () => {
    for (const [option, value, expected] of [
      ["--engines", "0", "above 0"],
      ["--engines", "1.5", "whole number"],
      ["--engines", "65", "from 1 to 64"],
      ["--batch", "0", "above 0"],
      ["--batch", "65", "from 1 to 64"],
    ] as const) {
      const { code, stderr } = await biox(["run", tiny, ...from(A), option, value]);
      expect(code).toBe(1);
      expect(stderr).toContain(expected);
    }
  });
});

it("the view of several sources has a line for each, from opening to its end", async () => {
  const bundle = await loadBundle(tiny);
  const engine = await createEngine(bundle, { threads: 1 });
  let frame = "";
  const terminal = { columns: 120, rows: 24, hasColors: () => false, write: (text: string) => (frame = text) };
  const gone = `replay:${join(folder, "gone.csv")}?channel=ppg&rate=100`;
  const view = new SourcesView(terminal, bundle, engine, [A, B, gone]);
  const shown = (): string[] => stripVTControlCharacters(frame).split(/[\r\n]+/);
  await until(() => shown().filter((line) => line.includes("waiting for the source")).length === 3, "three lines");
  view.end(gone, "It does not exist.");
  const sources = await Promise.all([openSource(A), openSource(B)]);
  await Promise.all(
    sources.map(async (source) => {
      view.add(source);
      for await (const _ of engine.run(source));
      view.end(source.uri);
    }),
  );
  await until(() => shown().filter((line) => line.includes("ended")).length === 2, "the end of two");
  const lines = shown();
  view.close();
  const line = (uri: string): string => lines.find((text) => text.includes(uri.slice(0, 20)))!;
  expect(line(A)).toMatch(/^· .* (low|middle|high) +\d+ % +ended .*\d+ predictions/);
  expect(line(B)).toMatch(/^· .* ended .*\d+ predictions/);
  expect(line(gone)).toMatch(/^✗ .*It does not exist\.$/);
  await Promise.all(sources.map((source) => source.close()));
  await engine.close();
});
