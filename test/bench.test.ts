/** `biox bench`, `biox bench compare` and `biox bench capacity` as a user calls them, on a tiny bundle. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTinyBundle } from "../src/bench/synthetic/bundle.js";
import { Biox, biox, type Line } from "./support/biox.js";
import { pause, until } from "./support/wait.js";

const folder = mkdtempSync(join(tmpdir(), "biox-bench-"));
const tiny = join(folder, "tiny");
const out = join(folder, "report.json");
const page = join(folder, "report.html");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => buildTinyBundle(tiny, { rate: 100, seconds: 2, hop: 0.5, probe: true }));

const PERCENTILES = ["p50", "p90", "p95", "p99", "p999", "max"];

function expectRising(summary: Line): void {
  const values = PERCENTILES.map((name) => summary[name]);
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(values[0]).toBeGreaterThan(0);
}

describe("biox bench", () => {
  it("measures every stage and contender, and says that a short run is short", async () => {
    const args = [
      "bench",
      tiny,
      "--duration",
      "1",
      "--paced",
      "0.1",
      "--batch",
      "3",
      "--json",
      "--out",
      out,
      "--html",
      page,
    ];
    const { code, lines, stderr, stdout } = await biox([...args, "--energy-command", "date +%s.%N | cut -c1-14"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toHaveLength(1);
    const [report] = lines as [Line];
    expect(report).toMatchObject({ type: "latency", version: 1, threads: 1, precision: "float32", short: true });
    expect(report.shortness[0]).toMatch(/^back to back: \d+ windows in 1\.\d s$/);
    expect(Object.keys(report.stages).sort()).toEqual(
      ["bridge", "lastByteToResult", "lower", "prepare", "probe", "receive", "total", "upper"].sort(),
    );
    for (const summary of Object.values(report.stages)) expectRising(summary);
    expect(Object.keys(report.contenders)).toEqual(["biox", "merged", "threeSessions"]);
    for (const summary of Object.values<Line>(report.contenders)) {
      expectRising(summary);
      expect(summary.count).toBe(report.windows);
    }
    expect(report.outputMaxAbsDiff).toBeLessThan(1e-5);
    expect(report.ratios.merged).toBeCloseTo(report.contenders.biox.p50 / report.contenders.merged.p50, 6);
    expect(report.realTimeFactor).toBeCloseTo(report.stages.total.p50 / 500, 6);

    expect(report.paced.hop).toBe(0.1);
    // One each tenth of a second, or fewer where this machine was busy for longer.
    expect(report.paced.windows).toBeGreaterThan(0);
    expect(report.paced.windows).toBeLessThanOrEqual(report.paced.seconds / 0.1 + 1);
    expect(report.paced.deadlineMisses).toBeLessThanOrEqual(report.paced.windows);
    expect(report.batch).toMatchObject({ size: 3, together: { lower: false, upper: false } });
    expect(report.batch.outputMaxAbsDiff).toBeLessThan(1e-5);

    expect(report.live.windows).toBeGreaterThan(0);
    expect(report.live.lost).toBe(0);
    expect(report.live.lastByteToResult.p50).toBeGreaterThan(report.live.total.p50);
    const { total, starts, peakRssBytes, ...parts } = report.coldStart;
    expect(starts).toBe(3);
    expect(peakRssBytes).toBeGreaterThan(30e6);
    expect(Object.keys(parts)).toEqual([
      "nodeStart",
      "imports",
      "bundleLoad",
      "lowerSession",
      "bridgePack",
      "upperSession",
      "firstRun",
    ]);
    // Medians of three starts each, so they add up roughly.
    const sum = Object.values<number>(parts).reduce((a, b) => a + b);
    expect(sum / total).toBeGreaterThan(0.5);
    expect(sum / total).toBeLessThan(1.5);
    expect(report.solo.cpuMs).toBeGreaterThan(0);
    // The command counts a joule a second, its own start and end included.
    const seconds = report.solo.energyJoules * report.solo.windows;
    expect(seconds).toBeGreaterThan(0.99 * report.solo.seconds);
    expect(seconds).toBeLessThan(5 * report.solo.seconds + 5);
    expect(report.solo.energySource).toContain("command date");
    expect(report.machine.simd).toMatch(/^(scalar|avx2|avx512|neon)/);
    expect(report.bundle.sha256["lower.onnx"]).toMatch(/^[\da-f]{64}$/);

    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(report);
    expect(readFileSync(page, "utf8")).toContain("SHORT, not a report to go by");
  });

  it("measures several numbers of threads and prints tables", async () => {
    const { code, stdout, stderr } = await biox(["bench", tiny, "--duration", "0.3", "--threads", "1,2"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^tiny: window 2 s, hop 0\.5 s, bridge float32\n/);
    expect(stdout).toContain("SHORT, not a report to go by");
    expect(stdout).toMatch(/^1 thread, \d+ windows/m);
    expect(stdout).toMatch(/^2 threads, \d+ windows/m);
    expect(stdout.match(/^merged +\d/gm)).toHaveLength(2);
    expect(stdout).toMatch(/energy not measured|J \(/);
  });

  it("reports what it can where no emulator is built", async () => {
    const args = ["bench", tiny, "--duration", "0.3", "--json"];
    const { code, lines, stderr } = await biox(args, { BIOX_EMULATOR: "/nowhere" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines[0]).toMatchObject({ short: true, live: null, coldStart: { starts: 3 } });
    expect(lines[0].shortness).toContain("live: The emulator /nowhere is not there");
    expect(Object.keys(lines[0].stages)).not.toContain("lastByteToResult");
  });

  it("ends at Ctrl-C with what was measured", async () => {
    // The first thing that is asked is the energy meter; what follows takes a minute, then another, unless it is stopped.
    const asked = join(folder, "asked");
    const meter = ["--energy-command", `touch ${asked}; date +%s`];
    const run = new Biox(["bench", tiny, "--duration", "60", "--json", "--out", join(folder, "early.json"), ...meter]);
    await until(() => existsSync(asked), "the energy meter being asked");
    await pause(3000);
    const begin = performance.now();
    const { code, lines } = await run.stop();
    expect(performance.now() - begin).toBeLessThan(30_000);
    expect(code).toBe(0);
    const [report] = lines as [Line];
    expect(report).toMatchObject({ short: true, live: null, coldStart: null });
    expect(report.shortness).toContain("ended early");
    expect(report.windows).toBeGreaterThan(0);
    expect(existsSync(join(folder, "early.json"))).toBe(true);
  });

  it.each([
    [[], "No bundle was given"],
    [["BUNDLE", "--route", "wesad-ecg2ppg"], "A bundle and --route were both given"],
    [["BUNDLE", "--threads", "1,x"], "Expected whole numbers above 0, such as 1 or 1,2,4"],
    [["BUNDLE", "--threads", "1000", "--duration", "1"], "Expected threads to be a whole number from 1 to 256"],
    [["BUNDLE", "--batch", "1"], "Expected batch to be a whole number from 2 to 64"],
    [["BUNDLE", "--duration", "0"], "Expected a number above 0"],
    [["BUNDLE", "--energy-command", "echo no", "--duration", "1"], "Expected the energy command to print joules"],
    [["BUNDLE", "--out", "/nowhere/report.json"], "its folder does not exist"],
    [["/nowhere"], "/nowhere"],
    [["capacity"], "No bundle was given"],
    [["capacity", "BUNDLE", "--engines", "0"], "Expected a number above 0"],
    [["capacity", "BUNDLE", "--max-wearers", "5000"], "Expected maxWearers to be a whole number from 1 to 512"],
    [["compare", "/nowhere/a.json", "/nowhere/b.json"], "'/nowhere/a.json' does not exist"],
  ])("refuses %j in one sentence", async (args, message) => {
    const { code, stdout, stderr } = await biox(["bench", ...args.map((arg) => (arg === "BUNDLE" ? tiny : arg))]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });
});

describe("biox bench compare", () => {
  /** The report of the run above with enough blocks, all times of biox `factor` times as long. */
  function changed(name: string, factor: number): string {
    const report = JSON.parse(readFileSync(out, "utf8"));
    const summaries = [...Object.values<Line>(report.stages), ...Object.values<Line>(report.contenders)];
    for (const summary of summaries) {
      const scale = summary === report.contenders.merged ? 1 : factor;
      for (const key of PERCENTILES) summary[key] *= scale;
      for (const key of ["p50", "p95"])
        summary.blocks[key] = Array.from({ length: 20 }, (_, i) => summary[key] * (1 + (i % 5) / 100));
    }
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(report));
    return path;
  }

  it("finds a report equal to itself, and a slower one slower, with an exit code for scripts", async () => {
    const [base, slower] = [changed("base.json", 1), changed("slower.json", 1.3)];
    const same = await biox(["bench", "compare", base, base, "--json", "--fail-on-slower"]);
    expect({ code: same.code, slower: same.lines[0].slower }).toEqual({ code: 0, slower: false });
    expect(new Set(same.lines[0].changes.map((change: Line) => change.verdict))).toEqual(new Set(["same"]));
    const text = await biox(["bench", "compare", base, slower]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^total +p50 .*\+30\.0 % .*slower$/m);
    expect(text.stdout).toMatch(/^merged +p50 .*same$/m);
    expect(text.stdout).toContain("Warning: The first report is short.");
    expect((await biox(["bench", "compare", base, slower, "--fail-on-slower"])).code).toBe(1);
    expect((await biox(["bench", "compare", slower, base, "--fail-on-slower"])).code).toBe(0);
  });
});

describe("biox bench capacity", () => {
  it("finds how many wearers are kept up with, for biox and for a merged graph on the main thread", async () => {
    const options = ["--hop", "0.3", "--step-duration", "1", "--max-wearers", "2"];
    const { code, lines, stderr } = await biox(["bench", "capacity", tiny, ...options, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [report] = lines as [Line];
    expect(report).toMatchObject({ type: "capacity", bundle: "tiny", hop: 0.3, engines: 1, threads: 1, maxWearers: 2 });
    for (const host of [report.biox, report.mergedOnMain]) {
      expect(host.levels.map(({ wearers }: Line) => wearers)).toEqual(host.levels[0].failure ? [1] : [1, 2]);
      const kept = host.levels.filter(({ failure }: Line) => failure === null);
      for (const { wearers, windows, lost, skippedHops } of kept) {
        expect({ lost, skippedHops }).toEqual({ lost: 0, skippedHops: 0 });
        expect(windows).toBeGreaterThanOrEqual(2 * wearers);
      }
      // A busy machine may not keep up even with these; then it says so.
      expect(host.wearers).toBe(kept.length);
      expect(host.complete).toBe(true);
      expect(host.limit === "most").toBe(kept.length === 2);
    }
  });

  it("finds the limit of a model that is too slow for eight", async () => {
    const slow = join(folder, "slow");
    await buildTinyBundle(slow, { rate: 100, seconds: 2, hop: 0.5, slowMs: 400 });
    const options = ["--hop", "0.3", "--step-duration", "1.5", "--max-wearers", "8"];
    const { code, stdout } = await biox(["bench", "capacity", slow, ...options]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^biox: [0-7] wearers? \(with more, /m);
    expect(stdout).toMatch(/^one merged graph on the main thread: [0-7] wearers? \(with more, /m);
    expect(stdout).toMatch(/ (hops skipped|deadline)$/m);
  });
});
