import type { Model } from "./model.js";
import type { FunctionProto, GraphProto, NodeProto } from "./onnx-ml_pb.js";

/** The graphs that a node's attributes hold: the bodies of Loop, Scan and If. */
export function* bodies(node: NodeProto): Generator<GraphProto> {
  for (const { g, graphs } of node.attribute) {
    if (g) yield g;
    yield* graphs;
  }
}

/** A graph, and every graph inside it at any depth. */
export function* nested(graph: GraphProto): Generator<GraphProto> {
  yield graph;
  for (const node of graph.node) for (const body of bodies(node)) yield* nested(body);
}

/** Every graph of a model: the main one, bodies, and those inside its functions. */
export function* everyGraph(model: Model): Generator<GraphProto> {
  if (model.graph) yield* nested(model.graph);
  for (const { node } of model.functions)
    for (const inner of node) for (const body of bodies(inner)) yield* nested(body);
}

/** Every node of a function or graph, those of bodies included. */
export function* everyNode(of: GraphProto | FunctionProto): Generator<NodeProto> {
  for (const node of of.node) {
    yield node;
    for (const body of bodies(node)) yield* everyNode(body);
  }
}
