import { describe, it } from "vitest";
import { checkGradient, type GradientCase } from "../../../../test/support/check-gradient.js";
import { type Attribute, attr, constant, type GraphBuilder, int64 } from "../../index.js";

type Some = Pick<GradientCase, "shape" | "build"> & Partial<GradientCase>;

const reduced =
  (opType: string, attributes: Record<string, Attribute>, axes?: number[]) => (graph: GraphBuilder, x: string) =>
    graph.node(opType, axes ? [x, graph.initializer("axes", int64(axes))] : [x], { attributes });

const padded = (pads: number[], mode: string, axes?: number[]) => (graph: GraphBuilder, x: string) => {
  const value = graph.initializer("value", constant(Float32Array.of(0.5), []));
  const inputs = [x, graph.initializer("pads", int64(pads)), mode === "constant" ? value : ""];
  if (axes) inputs.push(graph.initializer("axes", int64(axes)));
  return graph.node("Pad", inputs, { attributes: { mode: attr.string(mode) } });
};

const pooled = (attributes: Record<string, Attribute>) => (graph: GraphBuilder, x: string) =>
  graph.node("MaxPool", [x], { attributes });

const keep = (value: number) => ({ keepdims: attr.int(value) });

const REDUCTIONS: Record<string, Some> = {
  "ReduceMean over axes of the attribute": {
    shape: [2, 3, 4],
    build: reduced("ReduceMean", { axes: attr.ints([0, -1]), ...keep(0) }),
  },
  "ReduceMean over axes of the input": { shape: [2, 3, 4], opset: 18, build: reduced("ReduceMean", keep(0), [1]) },
  "ReduceMean over all": { shape: [2, 3], build: reduced("ReduceMean", keep(0)) },
  "ReduceMean over all, axes kept": { shape: [2, 3], opset: 21, build: reduced("ReduceMean", keep(1)) },
  "ReduceMean of an open shape": {
    shape: [2, 3],
    declared: ["n", "t"],
    build: reduced("ReduceMean", { axes: attr.ints([1]) }),
  },
  "ReduceSum over axes": { shape: [2, 3, 4], opset: 13, build: reduced("ReduceSum", keep(0), [-2]) },
  "ReduceSum over nothing": {
    shape: [2, 3],
    build: reduced("ReduceSum", { noop_with_empty_axes: attr.int(1), ...keep(0) }),
  },
  GlobalAveragePool: { shape: [1, 2, 3, 4], build: (graph, x) => graph.node("GlobalAveragePool", [x]) },
};

const PADS: Record<string, Some> = {
  "with a constant": { shape: [2, 3], build: padded([1, 0, 0, 2], "constant") },
  "with less than nothing": { shape: [2, 5], build: padded([0, -1, 1, -2], "constant") },
  "along axes that are named": { shape: [2, 3, 2], opset: 18, build: padded([2, 1], "constant", [-2]) },
  "with the edge": { shape: [2, 3], build: padded([1, 2, 0, 3], "edge") },
  "with the reflection": { shape: [2, 4], build: padded([1, 2, 0, 3], "reflect") },
  "of an open shape": { shape: [2, 3], declared: ["n", "t"], build: padded([1, 0, 0, 2], "constant") },
};

const POOLS: Record<string, Some> = {
  "in windows side by side": {
    shape: [1, 2, 6],
    build: pooled({ kernel_shape: attr.ints([2]), strides: attr.ints([2]) }),
  },
  "that overlap, with pads": {
    shape: [2, 2, 7],
    build: pooled({ kernel_shape: attr.ints([3]), pads: attr.ints([1, 1]) }),
  },
  "with a last window that is cut off": {
    shape: [1, 1, 7],
    build: pooled({ kernel_shape: attr.ints([2]), strides: attr.ints([2]), ceil_mode: attr.int(1) }),
  },
  "with the same length": {
    shape: [1, 1, 7],
    build: pooled({ kernel_shape: attr.ints([3]), strides: attr.ints([2]), auto_pad: attr.string("SAME_UPPER") }),
  },
  "in two dimensions, dilated": {
    shape: [1, 2, 5, 6],
    build: pooled({ kernel_shape: attr.ints([2, 3]), dilations: attr.ints([2, 1]), strides: attr.ints([1, 2]) }),
  },
  // Above 0: ONNX Runtime 1.30 merges a Pad into MaxPool, which then pads with -infinity and differs below 0.
  "behind a Pad of its own": {
    shape: [1, 2, 5],
    value: (random) => random + 1.6,
    build: (graph, x) =>
      pooled({ kernel_shape: attr.ints([2]), strides: attr.ints([2]) })(
        graph,
        padded([0, 0, 1, 0, 0, 2], "constant")(graph, x),
      ),
  },
};

const groups = { "gradients of sums and means": REDUCTIONS, "gradients of Pad": PADS, "gradients of MaxPool": POOLS };
for (const [group, cases] of Object.entries(groups))
  describe(group, () => {
    for (const [name, one] of Object.entries(cases))
      it(name, () => checkGradient({ ...one, build: (graph, x) => graph.node("Sin", [one.build(graph, x)]) }));
  });

describe("gradients of Where", () => {
  it("of two values and a mask, spread", () =>
    checkGradient({
      shape: [3, 1],
      build(graph, x) {
        const mask = graph.initializer("mask", constant(Uint8Array.of(1, 0, 0, 1), [4], "bool"));
        return graph.node("Where", [mask, graph.node("Exp", [x]), graph.node("Mul", [x, x])]);
      },
    }));

  it("of a constant and a condition that depends on the value", () =>
    checkGradient({
      shape: [6],
      build(graph, x) {
        const level = graph.initializer("level", constant(Float32Array.of(0.05), []));
        return graph.node("Where", [graph.node("Less", [x, level]), level, graph.node("Mul", [x, x])]);
      },
    }));
});
