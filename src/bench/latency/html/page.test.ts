/** The page of a made-up report: whole, self-contained, and safe whatever a bundle calls itself. */

import { expect, it } from "vitest";
import { logTicks, ticks } from "../../../html/axis.js";
import type { LatencyReport } from "../report.js";
import { LatencySeries } from "../series.js";
import { MODEL_STAGES } from "../stages.js";
import { latencyText } from "../text.js";
import { latencyHtml } from "./page.js";

function series(ms: number): LatencySeries {
  const found = new LatencySeries();
  for (let i = 0; i < 1100; i++) found.add(ms * (1 + (i % 11) / 50));
  return found;
}

const summary = (ms: number) => series(ms).summary();
const stages = Object.fromEntries(MODEL_STAGES.map((stage, i) => [stage, summary(1 + i)])) as LatencyReport["stages"];

function report(change: Partial<LatencyReport> = {}): LatencyReport {
  const state = { frequenciesMHz: [600, 1500], temperatures: { cpu: 51.5, gpu: 48 }, loadAverage: [0.4, 0.3, 0.2] };
  return {
    type: "latency",
    version: 1,
    bundle: { name: "tiny", path: "/x", hop: 1, window: 10, sha256: { "lower.onnx": "ab".repeat(32) } },
    precision: "float32",
    short: false,
    shortness: [],
    threads: 1,
    windows: 1100,
    seconds: 61,
    stages: { ...stages, receive: summary(0.1), lastByteToResult: summary(12.5) },
    contenders: { biox: summary(5), merged: summary(6) },
    missing: { threeSessions: "the opsets have no common meaning" },
    histograms: { biox: series(5).bars(5, 8), merged: series(6).bars(5, 8) },
    outputMaxAbsDiff: 3e-7,
    ratios: { merged: 0.834 },
    deadlineMisses: 0,
    realTimeFactor: 0.006,
    jsOverhead: summary(0.01),
    solo: {
      windows: 2000,
      seconds: 10,
      cpuMs: 5.5,
      heapGrowthBytes: 0.5,
      rssGrowthBytes: 1,
      energyJoules: "not measured",
      energySource: null,
    },
    otherThreads: [],
    live: {
      hop: 0.1,
      speed: 1.7,
      windows: 1100,
      seconds: 110,
      total: summary(6),
      lastByteToResult: summary(12.5),
      deadlineMisses: 0,
      skippedHops: 0,
      lost: 0,
      eventLoopDelayMs: { p50: 0.1, p95: 0.2, p99: 0.3 },
    },
    paced: null,
    batch: null,
    coldStart: {
      nodeStart: 40,
      imports: 100,
      bundleLoad: 10,
      lowerSession: 20,
      bridgePack: 5,
      upperSession: 30,
      firstRun: 8,
      total: 213,
      starts: 3,
      peakRssBytes: 1.2e8,
    },
    bridge: { plan: "folded", precision: "float32" },
    machine: {
      board: "Some Board",
      processor: "Cortex-A72",
      cores: 4,
      memoryBytes: 4e9,
      governor: "ondemand",
      kernel: "linux 6 arm64",
      node: "v20.1.0",
      packages: { "onnxruntime-node": "1.30.0" },
      simd: "neon",
      throttling: [],
      jetson: null,
      before: state,
      after: state,
    },
    startedAt: 1.7e12,
    finishedAt: 1.7e12 + 1e5,
    ...change,
  };
}

it("is one page that asks nobody for anything", () => {
  const page = latencyHtml(report());
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">[\s\S]+<\/html>\n$/);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|src=|https?:|\son\w+=/i);
  expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  // Every tag that is opened is closed in its place.
  const open: string[] = [];
  for (const [, slash, name, rest] of page.matchAll(/<(\/?)([a-z]\w*)([^>]*)>/g)) {
    if (slash) expect(open.pop()).toBe(name);
    else if (name !== "meta" && !rest!.endsWith("/")) open.push(name!);
  }
  expect(open).toEqual([]);
});

it("shows every number that a reader looks for", () => {
  const page = latencyHtml(report());
  for (const text of [
    "tiny",
    "0.834 ×",
    "12.5",
    "Some Board",
    "Cortex-A72",
    "ondemand",
    "51.5",
    "600 to 1500",
    "not measured",
    "213 ms",
    "120 MB",
    "threeSessions was not measured: the opsets have no common meaning",
    "prefers-color-scheme: dark",
  ])
    expect(page, text).toContain(text);
  expect(page.match(/<svg/g)).toHaveLength(4);
  expect(page).not.toContain("SHORT");
});

it("marks a short report", () => {
  const short = report({ short: true, shortness: ["back to back: 12 windows in 2.0 s"] });
  for (const text of [latencyHtml(short), latencyText(short)]) {
    expect(text).toContain("SHORT, not a report to go by (back to back: 12 windows in 2.0 s)");
    expect(text).toContain("1024 windows and 60 s");
  }
  expect(latencyText(report())).not.toContain("SHORT");
});

it("shows a run that was ended early with what there is", () => {
  const early = report({
    live: null,
    coldStart: null,
    solo: null,
    stages,
    ratios: {},
    short: true,
    shortness: ["ended early"],
  });
  expect(latencyHtml(early)).not.toMatch(/NaN|undefined|Infinity/);
  expect(latencyText(early)).not.toMatch(/NaN|undefined|Infinity/);
});

it("takes no markup from a bundle's name", () => {
  const name = `<script>alert("1")</script>&'`;
  const page = latencyHtml(report({ bundle: { ...report().bundle, name } }));
  expect(page).not.toContain("<script");
  expect(page).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;");
});

it("labels axes with round numbers", () => {
  expect(ticks(0, 8.77, 6)).toEqual([0, 2, 4, 6, 8]);
  expect(ticks(0, 0.35, 4)).toEqual([0, 0.1, 0.2, 0.3]);
  expect(logTicks(0.3, 60)).toEqual([0.5, 1, 2, 5, 10, 20, 50]);
  expect(logTicks(26, 31)).toEqual([26, 28, 30]);
});
