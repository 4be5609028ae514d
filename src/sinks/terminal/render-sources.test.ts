import { expect, test } from "vitest";
import type { Prediction, Summary } from "../../engine/types.js";
import { idealLink } from "../../stream/feed.js";
import { renderSources, type SourceState, type SourcesState } from "./render-sources.js";
import { textWidth } from "./text.js";

const stage = (p50: number) => ({ p50, p95: p50, p99: p50 });
const summary: Summary = {
  type: "summary",
  source: "sim:",
  predictions: 12,
  unpredicted: 0,
  skippedHops: 0,
  dropped: 0,
  samples: 4660,
  lost: 0,
  duplicates: 0,
  restarts: 0,
  rings: [],
  clockJumps: 0,
  otherStreams: { samples: 0, lost: 0 },
  clocks: [],
  link: idealLink(),
  ms: { prepare: stage(1), lower: stage(2), bridge: stage(3), upper: stage(4), total: stage(10), age: stage(25.2) },
  eventLoopDelayMs: stage(1),
};
const prediction: Prediction = {
  type: "prediction",
  source: "sim:",
  t: [0, 10_000],
  window: [0, 1000],
  label: "stress",
  index: 1,
  probs: [0.25, 0.75],
  quality: 0.97,
  reasons: [],
  reliable: true,
  pulseRate: null,
  lost: 0,
  ageMs: 25.2,
  ms: { prepare: 1, lower: 2, bridge: 3, upper: 4, total: 10 },
};
const open: SourceState = { uri: "sim:?seed=1", state: "open", silent: 0.1, summary, prediction, notice: undefined };
const state = (...sources: Partial<SourceState>[]): SourcesState => ({
  bundle: "demo",
  task: "stress or amusement",
  labels: ["amusement", "stress"],
  engines: 2,
  elapsed: 67,
  sources: sources.map((source) => ({ ...open, ...source })),
});
const plainly = (shown: SourcesState, columns = 110): string[] => renderSources(shown, columns, false);

test("each source has a line with its answer and its facts", () => {
  const lines = plainly(
    state({}, { uri: "serial:/dev/ttyUSB0?device=biox", prediction: { ...prediction, label: "amusement", index: 0 } }),
  );
  expect(lines[1]).toBe("2 sources on 2 engines  1:07");
  expect(lines[3]).toMatch(/^● sim:\?seed=1 +stress +75 % +quality 97 % {2}0 lost {2}12 predictions {2}age 25 ms$/);
  expect(lines[4]).toMatch(/^● serial:\/dev\/ttyUSB0\?device=biox +amusement +25 % +quality/);
  expect(lines[3]!.indexOf("75 %")).toBe(lines[4]!.indexOf("25 %"));
});

test("tells of sources that wait, are silent, gone, ended or failed", () => {
  const lines = plainly(
    state(
      { state: "opening", summary: undefined, prediction: undefined },
      { silent: 5.7 },
      { state: "reconnecting" },
      { state: "ended" },
      { state: "failed", notice: "Nothing was received.", summary: undefined },
      { prediction: undefined, notice: "38 % of the window was lost" },
    ),
  ).slice(3, 9);
  expect(lines[0]).toMatch(/^○ .*– +waiting for the source$/);
  expect(lines[1]).toMatch(/^○ .*no data for 5 s {2}quality/);
  expect(lines[2]).toMatch(/^○ .*reconnecting/);
  expect(lines[3]).toMatch(/^· .*ended/);
  expect(lines[4]).toMatch(/^✗ .*– +Nothing was received\.$/);
  expect(lines[5]).toMatch(/^● .*– +38 % of the window was lost$/);
});

test("no line is as wide as the terminal, however narrow that is, and names cannot steer it", () => {
  const shown = state({ uri: `sim:${"x".repeat(200)}` }, { prediction: { ...prediction, label: "a\x1b[2J\nb" } });
  for (const columns of [1, 2, 20, 40, 80, 200])
    for (const line of plainly(shown, columns)) {
      expect(textWidth(line)).toBeLessThan(Math.max(2, columns));
      expect(line).not.toMatch(/\p{Cc}/u);
    }
});
