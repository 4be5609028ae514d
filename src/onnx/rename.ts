import type { Model } from "./model.js";
import type { GraphProto } from "./onnx-ml_pb.js";
import { bodies, everyNode } from "./walk.js";

/**
 * Gives every value of a graph a new name, in bodies, too; inferred shapes and annotations, which name values as well,
 * are dropped. Changes the graph.
 *
 * @param rename never asked for "", which stands for an input left out
 */
export function renameValues(graph: GraphProto, rename: (name: string) => string): void {
  const change = (name: string): string => (name === "" ? "" : rename(name));
  graph.valueInfo = [];
  graph.quantizationAnnotation = [];
  for (const value of [...graph.input, ...graph.output, ...graph.initializer]) value.name = change(value.name);
  for (const { values } of graph.sparseInitializer) if (values) values.name = change(values.name);
  for (const node of graph.node) {
    node.input = node.input.map(change);
    node.output = node.output.map(change);
    node.name = change(node.name);
    for (const body of bodies(node)) renameValues(body, rename);
  }
}

/** Puts a prefix before the names of a model's own functions and of their calls: those of two models may clash. */
export function renameFunctions(model: Model, prefix: string): void {
  const key = (domain: string, name: string): string => `${domain}:${name}`;
  const own = new Set(model.functions.map(({ domain, name }) => key(domain, name)));
  for (const body of [model.graph!, ...model.functions])
    for (const node of everyNode(body)) if (own.has(key(node.domain, node.opType))) node.opType = prefix + node.opType;
  for (const called of model.functions) called.name = prefix + called.name;
}
