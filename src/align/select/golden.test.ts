/** Against scikit-learn on data of other shapes than the fixture's (tools/golden/selection.py). */

import { describe, expect, it } from "vitest";
import { linearCka } from "./cka.js";
import { crossValidate } from "./cross-validate.js";
import { stratifiedFolds } from "./folds.js";
import { fitLogistic, predictLogistic } from "./logistic.js";
import { macroF1 } from "./macro-f1.js";
import golden from "./testdata/selection.golden.json" with { type: "json" };

interface Case {
  name: string;
  rows: number;
  columns: number;
  classes: number;
  seed: number;
  offset: number;
  scale: number;
  noise: number;
  spread?: number;
  C: number;
}

/** The script's `features`. */
function features(of: Case): { x: Float32Array; labels: Int32Array } {
  let state = of.seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const x = new Float32Array(of.rows * of.columns);
  const labels = new Int32Array(of.rows);
  for (let i = 0; i < of.rows; i++) {
    labels[i] = Math.floor(random() * random() * of.classes);
    for (let j = 0; j < of.columns; j++) {
      const value = of.noise * (random() + random() - 1) + (j % of.classes === labels[i] ? 1 : 0);
      x[i * of.columns + j] = of.offset + of.scale * value * (of.spread ?? 1) ** (j - Math.floor(of.columns / 2));
    }
  }
  return { x, labels };
}

function columnsOf(
  x: Float32Array,
  columns: number,
  from: number,
  to: number,
): { columns: number; values: Float32Array } {
  return { columns: to - from, values: x.filter((_, i) => i % columns >= from && i % columns < to) };
}

describe.each(golden.cases)("scikit-learn: $name", (of) => {
  const { x, labels } = features(of);
  const folds = Int32Array.from(of.folds, Number);

  it("logistic regression ends at the same weights", () => {
    const { weight, bias, classes } = fitLogistic(x, labels, of.columns, of.C);
    expect(classes).toEqual(Array.from({ length: of.classes }, (_, k) => k));
    // Two classes have one vector of weights there.
    const rows = of.weight.length === 1 ? [1] : classes;
    const less = (values: Float64Array, columns: number, j: number): number =>
      (rows.length === 1 ? values[j]! : 0) * columns;
    for (const [r, k] of rows.entries()) {
      for (const [j, expected] of of.weight[r]!.entries())
        expect(weight[k * of.columns + j]! - less(weight, 1, j), `weight ${k} ${j}`).toBeCloseTo(expected, 6);
    }
    const difference = rows.map((k) => bias[k]! - less(bias, 1, 0));
    // Biases are not penalised: a number added to all of them changes nothing.
    const shift = rows.length === 1 ? 0 : difference[0]! - of.bias[0]!;
    for (const [r, expected] of of.bias.entries()) expect(difference[r]! - shift).toBeCloseTo(expected, 4);
  });

  it("folds and their macro-F1 are the same", () => {
    expect(stratifiedFolds(labels, 5)).toEqual(folds);
    const scores = crossValidate({ columns: of.columns, values: x }, labels, folds);
    for (const [fold, expected] of of.scores.entries()) expect(scores[fold], `fold ${fold}`).toBeCloseTo(expected, 12);
  });

  it("linear CKA is the same", () => {
    const half = Math.floor(of.columns / 2) + 1;
    const [a, b] = [columnsOf(x, of.columns, 0, half), columnsOf(x, of.columns, Math.floor(half / 2), of.columns)];
    expect(linearCka([a], [b], of.rows)[0]![0]).toBeCloseTo(of.cka, 9);
  });
});

it.each(golden.f1)("macro-F1 of $truth called $predicted", ({ truth, predicted, score }) => {
  expect(macroF1(truth, predicted)).toBeCloseTo(score, 12);
});

describe("what has no answer", () => {
  it("is refused by logistic regression", () => {
    const x = Float32Array.of(1, 2, 3, 4);
    expect(() => fitLogistic(x, [1, 1, 1, 1], 1)).toThrow(
      "Expected labels to be of two classes at least, but received 1.",
    );
    expect(() => fitLogistic(x, [0, 1], 1)).toThrow("Expected features to be [2, 1], 2 numbers");
    expect(() => fitLogistic(x, [0, 1, 0, 1], 1, 0)).toThrow("Expected C to be a number above 0, but received 0.");
  });

  it("is refused by folds", () => {
    expect(() => stratifiedFolds([0, 1, 0, 1, 2], 3)).toThrow(
      "Expected 3 windows or more of at least one class for 3 folds, but the largest has 2.",
    );
  });
});

it("classes that are far apart are told apart", () => {
  const x = Float32Array.from({ length: 40 }, (_, i) => (i % 2 ? 1e4 : -1e4) + i);
  const labels = Array.from({ length: 40 }, (_, i) => (i % 2 ? 7 : 3));
  expect([...predictLogistic(fitLogistic(x, labels, 1), x)]).toEqual(labels);
});

it("a seed shuffles within classes, always the same way", () => {
  const labels = Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : 1));
  const folds = stratifiedFolds(labels, 5, 1);
  expect(folds).toEqual(stratifiedFolds(labels, 5, 1));
  expect(folds).not.toEqual(stratifiedFolds(labels, 5, 2));
  expect(folds).not.toEqual(stratifiedFolds(labels, 5));
  for (let fold = 0; fold < 5; fold++)
    expect(labels.filter((label, row) => label === 1 && folds[row] === fold)).toHaveLength(6);
});
