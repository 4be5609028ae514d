import { describe, it } from "vitest";
import { checkGradient } from "../../../test/support/check-gradient.js";
import { attr, constant, type GraphBuilder, int64 } from "../index.js";

/** The newest opset that ONNX Runtime 1.30 calls released. */
const NEWEST = 26;

/** Operators whose attributes became inputs on the way, and those that were given new versions. */
function layers(graph: GraphBuilder, x: string, opset: number): string {
  const ints = (name: string, values: number[]) => graph.initializer(name, int64(values));
  const axis = { axis: attr.int(-1) };
  const mean =
    opset < 18
      ? graph.node("ReduceMean", [x], { attributes: { axes: attr.ints([-1]) } })
      : graph.node("ReduceMean", [x, ints("last", [-1])]);
  const centred = graph.node("Sub", [x, mean]);
  const parts = { ...axis, ...(opset < 18 ? {} : { num_outputs: attr.int(2) }) };
  graph.node("Split", [centred], { outputs: ["left", "right"], attributes: parts });
  const mixed = graph.node("Softmax", [graph.node("Mul", ["left", "right"])], { attributes: axis });
  const wide = graph.node("Pad", [mixed, ints("pads", [0, 0, 1, 0, 0, 1])]);
  const active = opset < 20 ? graph.node("Sigmoid", [wide]) : graph.node("Gelu", [wide]);
  const pool = { kernel_shape: attr.ints([2]), strides: attr.ints([1]) };
  const pooled = graph.node("MaxPool", [active], { attributes: pool });
  const flat = graph.node("Reshape", [pooled, ints("flat", [3, -1])]);
  const weight = Float32Array.from({ length: 8 }, (_, i) => Math.cos(i));
  const product = graph.node("Gemm", [flat, graph.initializer("weight", constant(weight, [4, 2]))]);
  const twice = graph.node("Squeeze", [graph.node("Unsqueeze", [product, ints("first", [0])]), ints("gone", [0])]);
  const sum = graph.node("ReduceSum", [graph.node("Tanh", [twice]), ints("rows", [0])]);
  return graph.node("Concat", [sum, graph.node("Gather", [product, ints("row", [1])])], {
    attributes: { axis: attr.int(0) },
  });
}

describe("gradients in every opset", () => {
  for (let opset = 13; opset <= NEWEST; opset++)
    it(`${opset}`, () => checkGradient({ shape: [1, 3, 6], opset, build: (graph, x) => layers(graph, x, opset) }));
});
