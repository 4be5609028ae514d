/** Against scikit-learn and NumPy: tools/golden/metrics.py. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { bootstrap } from "./bootstrap.js";
import { confusion, type Metrics, metricsOf } from "./metrics.js";

interface Golden {
  cases: {
    name: string;
    classes: number;
    truth: number[];
    predicted: number[];
    confusion: number[];
    scores: Record<keyof Metrics, number | null>;
  }[];
  bootstrap: {
    seed: number;
    resamples: number;
    subjects: { truth: number[]; predicted: number[] }[];
    intervals: Record<keyof Metrics, [number, number]>;
  };
}

const golden = JSON.parse(readFileSync(new URL("testdata/metrics.golden.json", import.meta.url), "utf8")) as Golden;

it.each(golden.cases)(
  "scores as scikit-learn does: $name",
  ({ classes, truth, predicted, confusion: counts, scores }) => {
    const matrix = confusion(truth, predicted, classes);
    expect([...matrix.counts]).toEqual(counts);
    const metrics = metricsOf(matrix);
    for (const [name, value] of Object.entries(scores))
      if (value === null) expect(metrics[name as keyof Metrics]).toBeNaN();
      else expect(metrics[name as keyof Metrics]).toBeCloseTo(value, 12);
  },
);

it("draws subjects, and takes NumPy's percentiles", () => {
  const { seed, resamples, subjects, intervals } = golden.bootstrap;
  const matrices = subjects.map(({ truth, predicted }) => confusion(truth, predicted, 3));
  const found = bootstrap([matrices], seed, resamples)!;
  for (const [name, [low, high]] of Object.entries(intervals)) {
    expect(found[name as keyof Metrics][0]).toBeCloseTo(low, 12);
    expect(found[name as keyof Metrics][1]).toBeCloseTo(high, 12);
  }
});

it("gives no interval for one subject", () => {
  expect(bootstrap([[confusion([0, 1], [0, 0], 2)]], 1)).toBeUndefined();
});

it("refuses a class that does not exist, and rows that do not match", () => {
  expect(() => confusion([0, 3], [0, 0], 3)).toThrow("truth[1]");
  expect(() => confusion([0, 1], [0, -1], 3)).toThrow("predicted[1]");
  expect(() => confusion([0, 1], [0], 3)).toThrow("as many classes");
});
