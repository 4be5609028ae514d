import type { BridgeWeights } from "../bridge/index.js";
import { attr, constant, encodeModel, GraphBuilder, int64 } from "../onnx/index.js";
import type { KernelRoute } from "./routes.js";

/** W [rows, columns] -> W^T: a matrix product with a vector in front reads it in order. */
function transposed(W: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(W.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = W[i * columns + j]!;
  return out;
}

/**
 * The bridge, pooling included, as an exporter would write it: ReduceMean, MatMul, MatMul, Reshape, MatMul, Transpose.
 * Input `features` [1, T_in, C_in] or [1, C_in, T_in]; output `out` [T, C_out] or [C_out, T].
 */
export function bridgeModel(weights: BridgeWeights, route: KernelRoute): Uint8Array {
  const { channelsIn, rank, prototypes, tokens, width } = route.shape;
  const timeFirst = route.featureLayout === "NTC";
  const graph = new GraphBuilder("bridge");
  graph.input("features", "float32", timeFirst ? [1, route.time, channelsIn] : [1, channelsIn, route.time]);
  graph.initializer("A", constant(transposed(weights.A, rank, channelsIn), [channelsIn, rank]));
  graph.initializer("B", constant(transposed(weights.B, prototypes * tokens, rank), [rank, prototypes * tokens]));
  graph.initializer("prototypes", constant(weights.prototypes, [width, prototypes]));
  graph.initializer("mix", int64([prototypes, tokens]));
  const pooled = graph.node("ReduceMean", ["features"], {
    attributes: { axes: attr.ints([timeFirst ? 1 : 2]), keepdims: attr.int(0) },
  });
  const hidden = graph.node("MatMul", [pooled, "A"]);
  const expanded = graph.node("MatMul", [hidden, "B"]);
  const w = graph.node("Reshape", [expanded, "mix"]);
  if (route.targetLayout === "tokens-first") {
    const Z = graph.node("MatMul", ["prototypes", w]);
    graph.node("Transpose", [Z], { attributes: { perm: attr.ints([1, 0]) }, outputs: ["out"] });
    graph.output("out", "float32", [tokens, width]);
  } else {
    graph.node("MatMul", ["prototypes", w], { outputs: ["out"] });
    graph.output("out", "float32", [width, tokens]);
  }
  return encodeModel(graph);
}
