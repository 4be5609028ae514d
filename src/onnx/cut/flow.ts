import { invalidArgument } from "../../errors.js";
import type { GraphProto, NodeProto } from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";
import { type Names, namesOf } from "./names.js";
import { computingOrder } from "./order.js";
import { usesOf } from "./uses.js";

/** Operators that give something else each time: computing one in both halves would not be the same. */
const RANDOM = new Set([
  "RandomNormal",
  "RandomUniform",
  "RandomNormalLike",
  "RandomUniformLike",
  "Multinomial",
  "Bernoulli",
]);

/** A node on a path from an input to the output. */
export interface Step {
  /** Index in the graph. */
  readonly node: number;
  /** Place among all values and nodes on such paths, in an order in which they can be computed. */
  readonly position: number;
}

/** A value on a path from an input to the output. */
export interface FlowValue {
  readonly name: string;
  readonly position: number;
  /** Farthest position that takes it directly. */
  readonly reaches: number;
  /** Node that gives it; -1 for an input. */
  readonly maker: number;
  /** Whether all other paths end at it or begin after it: taking it away parts the output from every input. */
  readonly single: boolean;
}

/** How data flows through a graph. What depends on no input, such as a mask computed from weights, is no part of it. */
export interface Flow {
  readonly names: Names;
  /** Values that each node of the graph needs. */
  readonly uses: readonly (readonly string[])[];
  /** All nodes of the graph in an order in which they can be computed. */
  readonly order: Int32Array;
  /** 1 for each node that the output needs. */
  readonly useful: Uint8Array;
  readonly steps: readonly Step[];
  readonly values: readonly FlowValue[];
}

/**
 * Follows data through a graph, in time proportional to its size.
 *
 * @param output the output that counts; all by default
 * @throws BioxError ONNX_INVALID when names are given twice, a value is missing, or nodes go in a circle;
 * INVALID_ARGUMENT when there is no such output
 */
export function flowOf(graph: GraphProto, output?: string): Flow {
  const names = namesOf(graph);
  const uses = graph.node.map(usesOf);
  const order = computingOrder(graph.node, uses, names);
  const ends = endsOf(graph, output);
  const live = liveNodes(graph.node, uses, order, names);
  const useful = usefulNodes(uses, names, ends);

  // Places: inputs first, then each node and after it the values it gives.
  const place = new Map<string, number>();
  const wanted = new Set(ends);
  for (const [index, values] of uses.entries()) if (useful[index]) for (const name of values) wanted.add(name);
  let next = 0;
  for (const name of names.inputs.keys()) if (wanted.has(name)) place.set(name, next++);
  const inputs = next;
  const steps: Step[] = [];
  for (const node of order) {
    if (!live[node] || !useful[node]) continue;
    steps.push({ node, position: next++ });
    for (const name of graph.node[node]!.output) if (name !== "" && wanted.has(name)) place.set(name, next++);
  }
  const reaches = new Int32Array(next + 1);
  for (const { node, position } of steps) {
    for (const name of uses[node]!) {
      const from = place.get(name);
      if (from !== undefined) reaches[from] = Math.max(reaches[from]!, position);
    }
    for (const name of graph.node[node]!.output) {
      const to = place.get(name);
      if (to !== undefined) reaches[position] = to;
    }
  }
  for (const end of ends) {
    const from = place.get(end);
    if (from !== undefined) reaches[from] = next;
  }
  return { names, uses, order, steps, useful, values: values(graph, names, { place, steps, reaches, inputs }) };
}

interface Places {
  readonly place: ReadonlyMap<string, number>;
  readonly steps: readonly Step[];
  readonly reaches: Int32Array;
  readonly inputs: number;
}

/**
 * In any order of computation a value carries everything just where no path leaps over its place: a path that does
 * avoids it, and one that avoids it has to leap.
 */
function values(graph: GraphProto, names: Names, { place, steps, reaches, inputs }: Places): FlowValue[] {
  const found: FlowValue[] = [];
  // All inputs begin at once, so each one's place is leapt over by the others.
  let farthest = inputs - 1;
  const add = (name: string, maker: number): void => {
    const position = place.get(name);
    if (position === undefined) return;
    const far = reaches[position]!;
    found.push({ name, position, reaches: far, maker, single: farthest <= position });
    farthest = Math.max(farthest, far);
  };
  for (const name of names.inputs.keys()) add(name, -1);
  for (const { node, position } of steps) {
    farthest = Math.max(farthest, reaches[position]!);
    for (const name of graph.node[node]!.output) if (name !== "") add(name, node);
  }
  return found;
}

function endsOf(graph: GraphProto, output: string | undefined): Set<string> {
  const all = new Set(graph.output.map(({ name }) => name));
  if (output === undefined) return all;
  if (!all.has(output)) throw invalidArgument("output", `one of the model's: ${[...all].join(", ")}`, output);
  return new Set([output]);
}

const isRandom = ({ opType, domain }: NodeProto): boolean => plainDomain(domain) === "" && RANDOM.has(opType);

/** Which nodes depend on an input. */
function liveNodes(
  nodes: readonly NodeProto[],
  uses: readonly (readonly string[])[],
  order: Int32Array,
  { inputs, makers }: Names,
): Uint8Array {
  const live = new Uint8Array(nodes.length);
  for (const index of order) {
    const node = nodes[index]!;
    const fed = uses[index]!.some((name) => inputs.has(name) || live[makers.get(name) ?? -1] === 1);
    if (fed || isRandom(node)) live[index] = 1;
  }
  return live;
}

/** Which nodes an output needs. */
function usefulNodes(uses: readonly (readonly string[])[], { makers }: Names, ends: Iterable<string>): Uint8Array {
  const useful = new Uint8Array(uses.length);
  const queue = [...ends];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const maker = makers.get(name);
    if (maker === undefined || useful[maker]) continue;
    useful[maker] = 1;
    for (const use of uses[maker]!) queue.push(use);
  }
  return useful;
}
