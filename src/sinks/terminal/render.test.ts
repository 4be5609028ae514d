import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Prediction, Summary } from "../../engine/types.js";
import { idealLink } from "../../stream/feed.js";
import { render, type ViewState } from "./render.js";
import { textWidth } from "./text.js";

const stage = (p50: number) => ({ p50, p95: 2 * p50, p99: 3 * p50 });

const summary: Summary = {
  type: "summary",
  source: "sim:?script=rest-to-exercise",
  predictions: 15,
  unpredicted: 0,
  skippedHops: 2,
  dropped: 0,
  samples: 4660,
  lost: 175,
  duplicates: 0,
  restarts: 0,
  rings: [],
  clockJumps: 0,
  otherStreams: { samples: 0, lost: 0 },
  clocks: [],
  link: { ...idealLink(), crcErrors: 11, framingErrors: 6, oversize: 1, reconnects: 3, lowLatency: "on" },
  ms: {
    prepare: stage(0.18),
    lower: stage(19.2),
    bridge: stage(0.09),
    upper: stage(5.12),
    total: stage(24.6),
    age: stage(25.2),
  },
  eventLoopDelayMs: stage(1),
};

const prediction: Prediction = {
  type: "prediction",
  source: summary.source,
  t: [0, 10_000],
  window: [0, 1000],
  label: "middle",
  index: 1,
  probs: [0.25, 0.5, 0.125],
  quality: 0.97,
  reasons: [],
  reliable: true,
  pulseRate: null,
  lost: 30,
  ageMs: 25.2,
  ms: { prepare: 0.18, lower: 19.2, bridge: 0.09, upper: 5.12, total: 24.6 },
};

const state: ViewState = {
  bundle: "demo",
  task: "heart-rate zone learned on ECG, read from PPG",
  labels: ["low", "middle", "high"],
  device: "biox-emulator 1.0",
  rate: 100,
  window: { seconds: 10, hop: 2 },
  channel: "ppg",
  seen: 4835,
  elapsed: 67,
  silent: 0.1,
  summary,
  prediction,
  notice: undefined,
  wave: Float64Array.from({ length: 600 }, (_, i) => Math.sin(i / 12)),
};

const plainly = (changes: Partial<ViewState> = {}, columns = 100) => render({ ...state, ...changes }, columns, false);
const line = (name: string, changes: Partial<ViewState> = {}, columns = 100) =>
  plainly(changes, columns).find((text) => text.startsWith(name))!;
const withSummary = (changes: Partial<Summary>) => ({ summary: { ...summary, ...changes } });

describe("size", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  const states = fc.record({
    bundle: text,
    task: text,
    device: text,
    channel: text,
    notice: fc.option(text, { nil: undefined }),
    labels: fc.array(text, { minLength: 1, maxLength: 20 }),
    prediction: fc.constantFrom(undefined, prediction),
    silent: fc.double({ min: 0, max: 1e9, noNaN: true }),
    elapsed: fc.double({ min: 0, max: 1e9, noNaN: true }),
    samples: fc.nat(),
    predictions: fc.nat(),
  });

  test("no line is as wide as the terminal, whatever it is to show", () => {
    fc.assert(
      fc.property(states, fc.integer({ min: 2, max: 200 }), ({ samples, predictions, ...random }, columns) => {
        const lines = plainly({ ...random, ...withSummary({ samples, predictions }) }, columns);
        for (const each of lines) {
          expect(each).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          expect(textWidth(each)).toBeLessThan(Math.min(columns, 101));
        }
      }),
    );
  });

  test("colours change nothing but the colour", () => {
    for (const columns of [40, 60, 80, 100])
      expect(render(state, columns, true).map(stripVTControlCharacters)).toEqual(plainly({}, columns));
  });

  test("the number of lines does not depend on what happens or how wide the terminal is", () => {
    const states = [{}, { prediction: undefined }, { notice: "The port is gone; waiting for it to come back." }];
    const sizes = states.flatMap((s) => [20, 40, 60, 80, 120].map((columns) => plainly(s, columns).length));
    expect(new Set(sizes)).toEqual(new Set([17]));
  });

  test("80 columns show every number", () => {
    const all = plainly({}, 80).join("\n");
    for (const fact of ["4660 samples", "175 lost", "18 bad frames", "3 reconnects"]) expect(all).toContain(fact);
    for (const fact of ["prepare 0.18", "lower 19", "bridge 0.09", "upper 5.1", "total 25", "age 25 ms"])
      expect(all).toContain(fact);
    for (const fact of ["10 s every 2 s", "15 predictions", "2 skipped", "100 Hz", "1:07"]) expect(all).toContain(fact);
  });

  test("60 columns leave facts out whole", () => {
    expect(line("link", {}, 60)).toBe("link       ● open  4660 samples  175 lost  18 bad frames");
    expect(line("latency", {}, 60)).toBe("latency    total 25  age 25 ms (median)");
    expect(line("source", {}, 60)).toBe("source     sim:?script=re…  biox-emulator 1.0  100 Hz  1:07");
  });
});

describe("probabilities", () => {
  const filled = (text: string) => text.split("█").length - 1;

  test("bars are proportional and of one length, the answer is marked", () => {
    const [low, middle, high] = plainly().slice(4, 7) as [string, string, string];
    expect([low, middle, high].map((l) => l.match(/(\d+) %/)![1])).toEqual(["25", "50", "13"]);
    expect(Math.abs(filled(middle) - 2 * filled(low))).toBeLessThanOrEqual(1);
    expect(Math.abs(filled(middle) - 4 * filled(high))).toBeLessThanOrEqual(3);
    expect(filled(middle)).toBeGreaterThan(35);
    expect([low, middle, high].map((l) => l.endsWith("◀"))).toEqual([false, true, false]);
    expect(low.indexOf("%")).toBe(middle.indexOf("%"));
  });

  test("certainty fills the bar", () => {
    const certain = plainly({ prediction: { ...prediction, probs: [0, 1, 0] } });
    expect(certain[4]).not.toMatch(/[█▏▎▍▌▋▊▉]/);
    expect(certain[5]).toMatch(/^middle █+ 100 % ◀$/);
  });

  test("without a prediction there is no number and no mark", () => {
    const text = plainly({ prediction: undefined }).slice(4, 7).join("");
    expect(text).not.toMatch(/[\d%█◀]/);
  });

  test("of many labels the most probable are shown, the rest is counted", () => {
    const labels = Array.from({ length: 71 }, (_, i) => `label ${i}`);
    const probs = labels.map((_, i) => (i === 64 ? 0.5 : i / 10_000));
    const lines = plainly({ labels, prediction: { ...prediction, probs, index: 64 } });
    expect(lines[4]).toMatch(/^label 64 .*50 % ◀$/);
    expect(lines[5]).toMatch(/^label 70 /);
    expect(lines[14]).toBe("and 61 less probable labels");
  });
});

describe("link", () => {
  test("an open link without data says since when", () => {
    expect(line("link", { silent: 2 })).toContain("● open");
    expect(line("link", { silent: 5.7 })).toContain("○ no data for 5 s");
  });

  test("a port that is gone says so, also when it has been silent for long", () => {
    const link = { ...summary.link, state: "reconnecting" as const };
    expect(line("link", { ...withSummary({ link }), silent: 60 })).toContain("○ reconnecting");
  });

  test("tells whether the port hands over bytes at once, where that can be said", () => {
    const shown = (lowLatency: "off" | "unsupported") =>
      line("link", withSummary({ link: { ...summary.link, lowLatency } }));
    expect(shown("off")).toContain("low latency off");
    expect(shown("unsupported")).not.toContain("low latency");
  });

  test("lost samples stand out, none do not", () => {
    const colored = (lost: number) => render({ ...state, ...withSummary({ lost }) }, 100, true)[2]!;
    expect(colored(175)).toContain("\x1b[33m175 lost");
    expect(colored(0)).toMatch(/ {2}0 lost/);
  });
});

describe("window", () => {
  test("before the first window it tells how far it is", () => {
    const none = { prediction: undefined, ...withSummary({ predictions: 0 }) };
    expect(line("quality", { ...none, seen: 0 })).toContain("waiting for the first window: 0 % of 10 s");
    expect(line("quality", { ...none, seen: 425 })).toContain("42 % of 10 s");
    expect(line("latency", none).trim()).toBe("latency");
  });

  test("a window without an answer is not taken for the first one", () => {
    const notice = "No answer: 34 % of the window was lost, more than 20 %.";
    const lines = plainly({ prediction: undefined, notice, ...withSummary({ unpredicted: 1 }) });
    expect(lines).toContain(notice);
    expect(lines.join("\n")).toContain("no answer for the newest window");
    expect(lines.join("\n")).toContain("1 without an answer");
  });

  test("quality says what is wrong, and the pulse rate", () => {
    const shown = line("quality", {
      prediction: { ...prediction, reliable: false, reasons: ["motion"], pulseRate: 71.6 },
    });
    expect(shown).toContain("unreliable  motion  pulse 72 bpm");
  });

  test("quality has a bar, and losses of this window", () => {
    expect(line("quality")).toBe("quality    ███████████████████▍ 97 %  30 samples of this window lost");
    for (const [quality, percent] of [
      [0.996, 99],
      [0.29, 29],
      [1, 100],
    ] as const)
      expect(line("quality", { prediction: { ...prediction, quality } })).toContain(` ${percent} %`);
    const colored = (quality: number) => render({ ...state, prediction: { ...prediction, quality } }, 100, true)[8]!;
    expect(colored(0.9)).toContain("\x1b[32m██");
    expect(colored(0.5)).toContain("\x1b[33m██");
  });

  test("the wave has its channel's name and fills the width", () => {
    const at = plainly().findIndex((text) => text.startsWith("ppg"));
    for (const row of plainly().slice(at, at + 4)) expect(row).toMatch(/^.{11}[\u2800-\u28ff]{88}$/);
  });
});

test("control sequences of a device's name do not reach the terminal", () => {
  const lines = render({ ...state, device: "evil\x1b[2J\x07\nwatch" }, 100, false);
  expect(lines.join("")).not.toMatch(/\p{Cc}/u);
  expect(lines[1]).toContain("evil [2J watch");
});
