import { changed } from "../changed.js";
import { usesOf } from "../cut/uses.js";
import { type GraphProto, type NodeProto, TensorProto_DataType as Type } from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";
import type { FreshNames } from "../quantize/names.js";
import { invalid } from "../read.js";
import { Facts } from "./facts/facts.js";
import { STEPS } from "./rules/index.js";

/** The part of a model that computes one of its values, ready to be gone through backwards. */
export interface Forward {
  /** In the order in which they run. */
  readonly nodes: readonly NodeProto[];
  readonly facts: Facts;
  /** Values that depend on the input in a way that a gradient passes. */
  readonly active: ReadonlySet<string>;
}

/** Results that a rule takes beside the first: those that a node is not asked for in the model get a name here. */
const FURTHER_RESULTS: Readonly<Record<string, number>> = { LayerNormalization: 3, MaxPool: 2 };

/** @throws BioxError ONNX_INVALID when a value is used before it is made, as in a cycle */
export function forwardPass(graph: GraphProto, input: string, output: string, names: FreshNames): Forward {
  const facts = new Facts(graph);
  const active = new Set([input]);
  const nodes = leadingTo(graph, output).map((node) => {
    const copy = isActive(node, active) ? withFurtherResults(node, facts, names) : node;
    facts.add(copy);
    if (isActive(node, active)) for (const name of copy.output) if (isFloat(facts.type(name))) active.add(name);
    return copy;
  });
  return { nodes, facts, active };
}

function isActive(node: NodeProto, active: ReadonlySet<string>): boolean {
  const steps = plainDomain(node.domain) === "" && STEPS.has(node.opType);
  return !steps && usesOf(node).some((name) => active.has(name));
}

/** A value of unknown type may be one. */
const isFloat = (type: Type | undefined) =>
  type === undefined || type === Type.FLOAT || type === Type.DOUBLE || type === Type.FLOAT16 || type === Type.BFLOAT16;

/** The nodes on which a value depends. */
function leadingTo(graph: GraphProto, output: string): NodeProto[] {
  const needed = new Set([output]);
  const made = new Set<string>();
  const kept = graph.node.toReversed().filter((node) => {
    if (!node.output.some((name) => needed.has(name))) return false;
    for (const name of node.output) made.add(name);
    for (const name of usesOf(node)) {
      // Going backwards, whoever makes a value comes after all who use it.
      if (made.has(name)) throw invalid(`The model uses its value '${name}' before it is made, or in a circle`);
      needed.add(name);
    }
    return true;
  });
  return kept.reverse();
}

function withFurtherResults(node: NodeProto, facts: Facts, names: FreshNames): NodeProto {
  const results = plainDomain(node.domain) === "" ? (FURTHER_RESULTS[node.opType] ?? 1) : 1;
  // In float64 the moments of LayerNormalization would lose half of their digits.
  if (
    node.output.filter((name) => name !== "").length >= results ||
    (results === 3 && facts.type(node.input[0]!) !== Type.FLOAT)
  )
    return node;
  const output = Array.from({ length: results }, (_, i) => node.output[i] || names.fresh(`${node.output[0]}_${i}`));
  return changed(node, { output });
}
