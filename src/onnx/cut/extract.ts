import { invalidArgument } from "../../errors.js";
import { changed } from "../changed.js";
import { calledFunctions } from "../functions.js";
import { requireGraph } from "../graph-of.js";
import type { Model } from "../model.js";
import type { GraphProto, NodeProto, ValueInfoProto } from "../onnx-ml_pb.js";
import { invalid } from "../read.js";
import { type Names, namesOf, typesOf } from "./names.js";
import { called, computingOrder } from "./order.js";
import { usesOf } from "./uses.js";

/** Between which tensors a part of a model lies. */
export interface Ends {
  /** Tensors that the part is given; inputs of the model or inner tensors. */
  readonly inputs: readonly string[];
  /** Tensors that it gives; any of the model's. */
  readonly outputs: readonly string[];
}

/**
 * The part of a model between some tensors: the nodes that `outputs` need, back to `inputs`, with their weights.
 *
 * Opsets, IR version, metadata, open dimensions and fields that the schema does not know stay as they are; functions stay where they
 * are called. Weights are shared with the model, not copied; the model itself does not change. Nodes come in an order in which they can be
 * computed, the model's own where it is one.
 *
 * @throws BioxError INVALID_ARGUMENT when a tensor does not exist, is named twice, or the part needs a further input of the model;
 * ONNX_INVALID when the graph is broken, or the type of an inner tensor at an end is not known (see {@link inferShapes})
 */
export function extractModel(model: Model, { inputs, outputs }: Ends): Model {
  const graph = requireGraph(model);
  const names = namesOf(graph);
  const uses = graph.node.map(usesOf);
  const order = computingOrder(graph.node, uses, names);
  for (const name of [...inputs, ...outputs]) requireKnown(names, name);
  for (const [kind, list] of [
    ["inputs", inputs],
    ["outputs", outputs],
  ] as const)
    if (list.length === 0 || new Set(list).size < list.length)
      throw invalidArgument(kind, "at least one tensor, each named once", list);
  const given = new Set(inputs);
  const { needed, nodes } = neededFor(outputs, given, names, uses);
  const node = Array.from(order).flatMap((index) => (nodes.has(index) ? [graph.node[index]!] : []));
  requireComplete(node, given, needed, names);
  const part = changed(graph, {
    node,
    ...weightsOf(graph, needed, names),
    ...declarations(graph, { inputs, outputs }, needed, names),
    quantizationAnnotation: graph.quantizationAnnotation.filter(({ tensorName }) => needed.has(tensorName)),
  });
  return changed(model, { graph: part, functions: calledFunctions(model.functions, part) });
}

/** A model that gives further tensors, beside its own outputs and in the order they are named. Weights are shared, not copied. */
export function withOutputs(model: Model, tensors: readonly string[]): Model {
  const graph = requireGraph(model);
  const names = namesOf(graph);
  for (const name of tensors) requireKnown(names, name);
  const have = new Set(graph.output.map(({ name }) => name));
  const types = typesOf(graph);
  const added = [...new Set(tensors)].filter((name) => !have.has(name)).map((name) => declared(types, name));
  const gone = new Set(added.map(({ name }) => name));
  const valueInfo = graph.valueInfo.filter(({ name }) => !gone.has(name));
  return changed(model, { graph: changed(graph, { output: [...graph.output, ...added], valueInfo }) });
}

function requireKnown({ makers, inputs, weights }: Names, name: string): void {
  if (makers.has(name) || inputs.has(name)) return;
  if (weights.has(name)) throw invalidArgument("tensor", "one that is computed, not a weight", name);
  throw invalidArgument("tensor", "one of the model's (see 'biox inspect')", name);
}

/** Values and nodes that outputs need, back to the given values. */
function neededFor(
  outputs: readonly string[],
  given: ReadonlySet<string>,
  { makers }: Names,
  uses: readonly (readonly string[])[],
): { needed: Set<string>; nodes: Set<number> } {
  const needed = new Set<string>();
  const nodes = new Set<number>();
  const queue = [...outputs];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    const maker = given.has(name) ? undefined : makers.get(name);
    if (maker === undefined || nodes.has(maker)) continue;
    nodes.add(maker);
    for (const use of uses[maker]!) queue.push(use);
  }
  return { needed, nodes };
}

function requireComplete(
  nodes: readonly NodeProto[],
  given: ReadonlySet<string>,
  needed: ReadonlySet<string>,
  names: Names,
): void {
  for (const name of names.inputs.keys())
    if (needed.has(name) && !given.has(name))
      throw invalidArgument("inputs", `all that the part needs, with the model's input '${name}'`, [...given]);
  for (const node of nodes)
    for (const name of node.output)
      if (given.has(name))
        throw invalid(`${called(node)} gives '${name}', which the part is given, and another value that it needs`);
}

function weightsOf(
  graph: GraphProto,
  needed: ReadonlySet<string>,
  { weights }: Names,
): Pick<GraphProto, "initializer" | "sparseInitializer"> {
  const kept = (name: string): boolean => weights.has(name) && needed.has(name);
  return {
    initializer: graph.initializer.filter(({ name }) => kept(name)),
    sparseInitializer: graph.sparseInitializer.filter(({ values }) => kept(values?.name ?? "")),
  };
}

function declarations(
  graph: GraphProto,
  ends: Ends,
  needed: ReadonlySet<string>,
  { weights }: Names,
): Pick<GraphProto, "input" | "output" | "valueInfo"> {
  const types = typesOf(graph);
  const outer = new Set([...ends.inputs, ...ends.outputs]);
  // Before IR version 4 weights have to be listed among the inputs, too.
  const listed = graph.input.filter(({ name }) => weights.has(name) && needed.has(name));
  const inner = new Set(needed);
  for (const name of outer) inner.delete(name);
  return {
    input: [...ends.inputs.map((name) => declared(types, name)), ...listed],
    output: ends.outputs.map((name) => declared(types, name)),
    valueInfo: graph.valueInfo.filter(({ name }) => inner.has(name)),
  };
}

function declared(types: ReadonlyMap<string, ValueInfoProto>, name: string): ValueInfoProto {
  const value = types.get(name);
  if (value?.type?.value.case === undefined) throw invalid(`The model does not say of what type tensor '${name}' is`);
  return value;
}
