import { describe, expect, it } from "vitest";
import { caseModel, checkGradient, type GradientCase } from "../../../../test/support/check-gradient.js";
import { attr, constant, type GraphBuilder, int64 } from "../../index.js";
import { gradientModel } from "../index.js";

const sliced =
  (...lists: number[][]) =>
  (graph: GraphBuilder, x: string) =>
    graph.node("Slice", [x, ...lists.map((list, i) => graph.initializer(`ints${i}`, int64(list)))]);

const gathered = (indices: number[], shape: number[], axis: number) => (graph: GraphBuilder, x: string) =>
  graph.node("Gather", [x, graph.initializer("indices", int64(indices, shape))], {
    attributes: { axis: attr.int(axis) },
  });

/** Queries, keys and values out of one tensor, multiplied so that each has another gradient. */
function threeParts(graph: GraphBuilder, part: (index: number) => string): string {
  return graph.node("Add", [graph.node("Mul", [part(0), part(1)]), graph.node("Exp", [part(2)])]);
}

const CASES: Record<string, Pick<GradientCase, "shape" | "build"> & Partial<GradientCase>> = {
  "Slice along one axis": { shape: [2, 6], build: sliced([1], [4], [1]) },
  "Slice from the end, past it": { shape: [2, 6], build: sliced([-3], [99], [-1]) },
  "Slice along two axes": { shape: [4, 5], build: sliced([1, 0], [3, 4], [0, 1]) },
  "Slice in steps": { shape: [2, 7], build: sliced([1], [7], [1], [3]) },
  "Slice backwards": { shape: [5], build: sliced([-1], [-99], [0], [-2]) },
  "Slice of all": { shape: [2, 3], build: sliced([0], [9], [1]) },
  "Slice of an open shape": { shape: [2, 6], declared: ["n", "t"], build: sliced([1], [-1], [1]) },
  "Gather of one place that drops the axis": { shape: [3, 4], build: gathered([-2], [], 1) },
  "Gather of one place that keeps it": { shape: [3, 4], build: gathered([1], [1], 0) },
  "Gather of several places, some twice": { shape: [4, 3], build: gathered([2, 0, -1, 2, 2, 1], [2, 3], 0) },
  "Gather of an open shape": { shape: [3, 4], declared: ["n", "t"], build: gathered([1], [], 0) },
  GatherElements: {
    shape: [2, 3],
    build: (graph, x) =>
      graph.node("GatherElements", [x, graph.initializer("at", int64([0, 2, 2, 1], [2, 2]))], {
        attributes: { axis: attr.int(1) },
      }),
  },
  "Split into equal parts": {
    shape: [2, 6],
    opset: 13,
    build(graph, x) {
      graph.node("Split", [x], { outputs: ["q", "k", "v"], attributes: { axis: attr.int(1) } });
      return threeParts(graph, (i) => ["q", "k", "v"][i]!);
    },
  },
  "Split of opset 18, the last part smaller": {
    shape: [2, 5],
    opset: 18,
    build(graph, x) {
      const attributes = { axis: attr.int(-1), num_outputs: attr.int(3) };
      graph.node("Split", [x], { outputs: ["q", "k", "v"], attributes });
      return graph.node("Concat", ["v", "q"], { attributes: { axis: attr.int(1) } });
    },
  },
  "Split by sizes, one part not used": {
    shape: [6, 2],
    build(graph, x) {
      graph.node("Split", [x, graph.initializer("sizes", int64([1, 3, 2]))], { outputs: ["a", "b", "c"] });
      return graph.node("Mul", ["a", "c"]);
    },
  },
  "Concat with a constant, and of a value twice": {
    shape: [2, 2],
    build(graph, x) {
      const w = graph.initializer("w", constant(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]));
      return graph.node("Concat", [x, w, graph.node("Mul", [x, x]), x], { attributes: { axis: attr.int(-1) } });
    },
  },
  "Concat of open shapes": {
    shape: [2, 3],
    declared: ["n", "t"],
    build: (graph, x) => graph.node("Concat", [x, graph.node("Exp", [x])], { attributes: { axis: attr.int(1) } }),
  },
  "pieces with gaps between them": {
    shape: [8, 2],
    build(graph, x) {
      const part = (i: number) =>
        graph.node("Slice", [
          x,
          ...[[[1, 4, 6][i]!], [[2, 5, 7][i]!]].map((list, k) => graph.initializer(`s${i}${k}`, int64(list))),
        ]);
      return threeParts(graph, part);
    },
  },
  "pieces that overlap, along two axes, and the whole": {
    shape: [3, 3],
    build(graph, x) {
      let names = 0;
      const one = (index: number, axis: number) =>
        graph.node("Gather", [x, graph.initializer(`i${names++}`, int64([index], []))], {
          attributes: { axis: attr.int(axis) },
        });
      const sum = graph.node("Mul", [graph.node("Mul", [one(1, 0), one(1, 1)]), one(2, 0)]);
      return graph.node("Add", [graph.node("Mul", [sum, one(1, 0)]), graph.node("Tanh", [x])]);
    },
  },
};

describe("gradients of parts", () => {
  for (const [name, one] of Object.entries(CASES))
    it(name, () => checkGradient({ ...one, build: (graph, x) => graph.node("Tanh", [one.build(graph, x)]) }));

  it("puts queries, keys and values together instead of adding padded ones", () => {
    const { model, output } = caseModel({
      shape: [3, 2, 4],
      build: (graph, x) =>
        threeParts(graph, (i) => graph.node("Gather", [x, graph.initializer(`i${i}`, int64([i], []))])),
    });
    const operators = gradientModel(model, { input: "x", output }).graph!.node.map(({ opType }) => opType);
    expect(operators.filter((name) => name === "Concat")).toHaveLength(1);
    expect(operators).not.toContain("Pad");
  });
});
