/** Comparison of made-up reports. Expected intervals of the bootstrap are not known exactly; verdicts of clear cases are. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expectRefusal } from "../../../test/support/failure.js";
import { sequence } from "../synthetic/sequence.js";
import { bootstrapRatio } from "./bootstrap.js";
import { type Change, compareReports } from "./compare.js";
import { type ComparableReport, readReport } from "./read-report.js";
import { compareText } from "./text.js";

const folder = mkdtempSync(join(tmpdir(), "biox-compare-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A time of about `ms` whose blocks differ by `noise` of it at most. */
function summary(ms: number, noise = 0.02, seed = 1, blocks = 24) {
  const p50 = Array.from(sequence(blocks, seed, noise * ms), (offset) => ms + offset);
  return { p50: ms, p95: 1.2 * ms, p99: 1.4 * ms, blocks: { windows: 64, p50, p95: p50.map((value) => 1.2 * value) } };
}

function report(totalMs: number, mergedMs = 10, change: Partial<ComparableReport> = {}, seed = 1): ComparableReport {
  return {
    type: "latency",
    version: 1,
    threads: 1,
    precision: "float32",
    short: false,
    bundle: { name: "tiny", sha256: { "lower.onnx": "aa", "upper.onnx": "bb" } },
    stages: { prepare: summary(1, 0.02, seed), total: summary(totalMs, 0.02, seed + 1) },
    contenders: { biox: summary(totalMs - 1, 0.02, seed + 2), merged: summary(mergedMs, 0.02, seed + 3) },
    coldStart: { total: 500, peakRssBytes: 1e8 },
    live: { hop: 0.1, speed: 1 },
    machine: {
      board: null,
      processor: "some processor",
      cores: 4,
      governor: null,
      kernel: "linux",
      node: "v20.1.0",
      simd: "neon",
      packages: { "onnxruntime-node": "1.30.0" },
      before: { loadAverage: [0.5, 0.5, 0.5] },
      after: { loadAverage: [1, 0.5, 0.5] },
    },
    ...change,
  };
}

const verdicts = (changes: readonly Change[]) =>
  Object.fromEntries(
    changes.filter(({ percentile }) => percentile === "p50").map(({ name, verdict }) => [name, verdict]),
  );

describe("compareReports", () => {
  it("finds noise to be the same", () => {
    for (let seed = 10; seed < 60; seed += 10) {
      const { changes, slower, warnings } = compareReports(report(10), report(10, 10, {}, seed));
      expect(new Set(changes.map(({ verdict }) => verdict)), String(seed)).toEqual(new Set(["same"]));
      expect({ slower, warnings }).toEqual({ slower: false, warnings: [] });
    }
  });

  it("does not call a change one that is less than the noise, nor one that is sure but tiny", () => {
    const noisy = (ms: number, seed: number) =>
      report(10, 10, { stages: { total: summary(ms, 0.6, seed) }, contenders: {} });
    expect(verdicts(compareReports(noisy(10, 3), noisy(10.8, 8)).changes)).toEqual({ total: "same" });
    const sure = (ms: number, seed: number) =>
      report(10, 10, { stages: { total: summary(ms, 1e-4, seed) }, contenders: {} });
    expect(verdicts(compareReports(sure(10, 3), sure(10.1, 8)).changes)).toEqual({ total: "same" });
    expect(verdicts(compareReports(sure(10, 3), sure(10.3, 8)).changes)).toEqual({ total: "slower" });
  });

  it("says what got slower and by how much", () => {
    const { changes, slower } = compareReports(report(10), report(11, 10, {}, 20));
    expect(verdicts(changes)).toEqual({
      prepare: "same",
      total: "slower",
      biox: "slower",
      merged: "same",
      "biox / merged": "slower",
    });
    const { ratio, low, high } = changes.find(({ name }) => name === "total")!;
    expect(ratio).toBeGreaterThan(1.08);
    expect(ratio).toBeLessThan(1.12);
    expect(low).toBeLessThan(ratio);
    expect(high).toBeGreaterThan(ratio);
    expect(slower).toBe(true);
  });

  it("says what got faster", () => {
    const { changes, slower } = compareReports(report(10), report(9, 10, {}, 20));
    expect(verdicts(changes)).toMatchObject({ total: "faster", merged: "same", "biox / merged": "faster" });
    expect(slower).toBe(false);
  });

  it("tells a slower machine from a slower biox", () => {
    const { changes } = compareReports(report(10, 10), report(13, 13.2, {}, 20));
    expect(verdicts(changes)).toMatchObject({ biox: "slower", merged: "slower", "biox / merged": "same" });
  });

  it("does not count a slower merged graph as a slower biox", () => {
    const { changes, slower } = compareReports(report(10, 10), report(10, 13, {}, 20));
    expect(verdicts(changes)).toMatchObject({ biox: "same", merged: "slower" });
    expect(slower).toBe(false);
  });

  it("does not judge what has too few windows", () => {
    const few = report(20, 10, { stages: { total: summary(20, 0.02, 3, 4) } });
    const { changes } = compareReports(report(10), few);
    expect(verdicts(changes).total).toBe("unknown");
    expect(verdicts(changes).prepare).toBeUndefined();
  });

  it("warns of everything in which the two differ beside their times", () => {
    const machine = {
      ...report(10).machine,
      processor: "another",
      node: "v22.0.0",
      packages: { "onnxruntime-node": "1.31.0" },
      after: { loadAverage: [9, 1, 1] },
    };
    const other = report(10, 10, {
      threads: 2,
      short: true,
      machine,
      bundle: { name: "other", sha256: { "lower.onnx": "cc" } },
    });
    expect(compareReports(report(10), other).warnings).toEqual([
      "The processor differs: some processor, then another.",
      "The version of Node differs: v20.1.0, then v22.0.0.",
      "The version of onnxruntime-node differs: 1.30.0, then 1.31.0.",
      "The number of threads differs: 1, then 2.",
      "The models differ: tiny, then other; their files have other hashes.",
      "The second report is short.",
      "The second machine was busy: load average 9.0 on 4 cores.",
    ]);
  });

  it("prints a line for each time, and a count", () => {
    const text = compareText(compareReports(report(10), report(11, 10, {}, 20)));
    expect(text).toMatch(/^total +p50 +10\.00 +11\.00 +\+\d+\.\d % +\+\d+\.\d % to \+\d+\.\d % {2}slower$/m);
    expect(text).toMatch(/5 slower, 0 faster, 4 the same within noise, 0 with too few windows to tell\n$/);
  });
});

describe("bootstrapRatio", () => {
  it("gives an interval that narrows with more blocks and holds the true ratio", () => {
    const width = (blocks: number) => {
      const { low, high } = bootstrapRatio(
        Array.from(sequence(blocks, 5, 1), (x) => 10 + x),
        Array.from(sequence(blocks, 6, 1), (x) => 10 + x),
      )!;
      expect(low).toBeLessThanOrEqual(1);
      expect(high).toBeGreaterThanOrEqual(1);
      return high - low;
    };
    expect(width(400)).toBeLessThan(width(10) / 2);
  });

  it("gives none for few blocks or for times of nothing", () => {
    expect(bootstrapRatio([1, 1, 1, 1], [1, 1, 1, 1, 1])).toBeUndefined();
    expect(bootstrapRatio([0, 0, 0, 0, 0], [1, 1, 1, 1, 1])).toBeUndefined();
  });
});

describe("readReport", () => {
  const write = (text: string) => {
    const path = join(folder, "report.json");
    writeFileSync(path, text);
    return path;
  };

  it("reads a report and leaves out what it does not need", () => {
    expect(readReport(write(JSON.stringify({ ...report(10), more: 1 })))).toEqual(report(10));
  });

  it.each([
    ["it is not JSON", "{"],
    ["version", JSON.stringify({ ...report(10), version: 2 })],
    ["stages.total.p95", JSON.stringify(report(10)).replaceAll(/"p95":12/g, '"p95":"x"')],
    ["type is not as expected", "[]"],
    ["stages.total.p50", JSON.stringify(report(10)).replaceAll(/"p50":10/g, '"p50":0')],
    ["contenders.merged.blocks.p50", JSON.stringify(report(10, 7, { contenders: { merged: summary(7, 0.02, 1, 0) } }))],
    [
      "stages.total.blocks",
      JSON.stringify(
        report(10, 10, {
          stages: { total: { ...summary(10), blocks: { windows: 64, p50: [10, 10], p95: [12] } } },
        }),
      ),
    ],
  ])("refuses a file of which %s is wrong", async (problem, text) => {
    await expectRefusal(() => readReport(write(text)), "FILE_INVALID", problem, "report.json");
  });

  it("refuses a file that is not there", async () => {
    await expectRefusal(() => readReport(join(folder, "none.json")), "FILE_UNREADABLE", "none.json");
  });
});
