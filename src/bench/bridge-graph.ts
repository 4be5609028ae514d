import type { BridgeShape, BridgeWeights, FeatureLayout, TargetLayout } from "../bridge/index.js";
import { attr, constant, DEFAULT_OPSET, type Dimension, GraphBuilder, int64 } from "../onnx/index.js";

export interface BridgeGraphSpec {
  readonly shape: BridgeShape;
  readonly featureLayout: FeatureLayout;
  readonly targetLayout: TargetLayout;
  /** T_in, or a name where it is left open. */
  readonly time: Dimension;
  /** Shape of the output; by default [T, C_out] for "tokens-first", else [C_out, T]. */
  readonly output?: readonly number[];
  /** 17 by default. */
  readonly opset?: number;
}

/**
 * The bridge, pooling included, as an exporter would write it: ReduceMean, MatMul, MatMul, Reshape, MatMul, Transpose.
 * Input `features` [1, T_in, C_in] or [1, C_in, T_in]; output `out`.
 */
export function bridgeGraph(weights: BridgeWeights, spec: BridgeGraphSpec): GraphBuilder {
  const { channelsIn, rank, prototypes, tokens, width } = spec.shape;
  const timeFirst = spec.featureLayout === "NTC";
  const graph = new GraphBuilder("bridge");
  graph.input("features", "float32", timeFirst ? [1, spec.time, channelsIn] : [1, channelsIn, spec.time]);
  graph.initializer("A", constant(transposed(weights.A, rank, channelsIn), [channelsIn, rank]));
  graph.initializer("B", constant(transposed(weights.B, prototypes * tokens, rank), [rank, prototypes * tokens]));
  graph.initializer("prototypes", constant(weights.prototypes, [width, prototypes]));
  graph.initializer("mix", int64([prototypes, tokens]));
  const pooled = reduceMean(graph, "features", timeFirst ? 1 : 2, spec.opset);
  const hidden = graph.node("MatMul", [pooled, "A"]);
  const expanded = graph.node("MatMul", [hidden, "B"]);
  const w = graph.node("Reshape", [expanded, "mix"]);
  const out = { outputs: ["out"] };
  const tokensFirst = spec.targetLayout === "tokens-first";
  const plain = tokensFirst ? [tokens, width] : [width, tokens];
  let Z = graph.node("MatMul", ["prototypes", w], tokensFirst || spec.output ? {} : out);
  if (tokensFirst)
    Z = graph.node("Transpose", [Z], { attributes: { perm: attr.ints([1, 0]) }, ...(spec.output ? {} : out) });
  if (spec.output) graph.node("Reshape", [Z, graph.initializer("target", int64(spec.output))], out);
  graph.output("out", "float32", spec.output ?? plain);
  return graph;
}

/** The mean over one axis, which is dropped: an attribute until opset 17, an input from 18 on. */
export function reduceMean(graph: GraphBuilder, x: string, axis: number, opset = DEFAULT_OPSET): string {
  const keepdims = attr.int(0);
  if (opset < 18) return graph.node("ReduceMean", [x], { attributes: { axes: attr.ints([axis]), keepdims } });
  const axes = graph.initializer(`axis_of_${x}`, int64([axis]));
  return graph.node("ReduceMean", [x, axes], { attributes: { keepdims } });
}

/** W [rows, columns] -> W^T: a matrix product with a vector in front reads it in order. */
function transposed(W: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(W.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = W[i * columns + j]!;
  return out;
}
