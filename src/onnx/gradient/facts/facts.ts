import { BioxError } from "../../../errors.js";
import {
  type GraphProto,
  type NodeProto,
  TensorProto_DataType as Type,
  type ValueInfoProto,
} from "../../onnx-ml_pb.js";
import { plainDomain } from "../../opset.js";
import { invalid } from "../../read.js";
import { Call } from "../call.js";
import { CONSTANT, LARGEST, tensorFact } from "./constant.js";
import { ELEMENTWISE } from "./elementwise.js";
import { type Dim, type Fact, type FactRule, NOTHING, type Shape } from "./fact.js";
import { LAYERS } from "./layers.js";
import { LAYOUT } from "./layout.js";
import { PARTS } from "./parts.js";

const RULES: Readonly<Record<string, FactRule>> = { ...ELEMENTWISE, ...CONSTANT, ...LAYOUT, ...PARTS, ...LAYERS };

/**
 * Types, shapes and small constants of a graph's values, found node by node in the order of the graph.
 *
 * What an operator's rule leaves open is taken from the shapes that the exporter wrote down, where it did. An unknown
 * operator leaves everything open: nothing here is ever guessed.
 */
export class Facts {
  readonly #facts = new Map<string, Fact>();
  readonly #declared = new Map<string, Fact>();

  constructor(graph: GraphProto) {
    for (const value of [...graph.valueInfo, ...graph.output, ...graph.input])
      this.#declared.set(value.name, declaredFact(value));
    for (const { name } of graph.input) this.#facts.set(name, this.#declared.get(name)!);
    for (const tensor of graph.initializer) this.#facts.set(tensor.name, tensorFact(tensor));
  }

  set(name: string, fact: Fact): void {
    this.#facts.set(name, fact);
  }

  /** Learns a node's results; its inputs have been learnt before. */
  add(node: NodeProto): void {
    const rule = plainDomain(node.domain) === "" ? RULES[node.opType] : undefined;
    const results = guarded(node, () =>
      rule?.(
        new Call(node),
        node.input.map((name) => this.#of(name)),
      ),
    );
    for (const [i, name] of node.output.entries())
      if (name !== "") this.#facts.set(name, merged(results?.[i] ?? NOTHING, this.#declared.get(name) ?? NOTHING));
  }

  shape(name: string): Shape {
    return this.#of(name).shape;
  }

  type(name: string): Type | undefined {
    return this.#of(name).type;
  }

  /** The numbers of a small constant. */
  values(name: string): readonly number[] | undefined {
    return this.#of(name).values;
  }

  #of(name: string): Fact {
    return this.#facts.get(name) ?? NOTHING;
  }
}

function declaredFact({ type }: ValueInfoProto): Fact {
  if (type?.value.case !== "tensorType") return NOTHING;
  const { elemType, shape } = type.value.value;
  return {
    ...(elemType === Type.UNDEFINED ? {} : { type: elemType as Type }),
    shape: shape?.dim.map(({ value }): Dim => {
      if (value.case === "dimValue") return Number(value.value);
      return value.case === "dimParam" && value.value !== "" ? value.value : undefined;
    }),
  };
}

function merged(found: Fact, declared: Fact): Fact {
  const shape = found.shape?.map((extent, i) => extent ?? declared.shape?.[i]) ?? declared.shape;
  // Lists that are joined again and again would grow without end.
  const values = (found.values?.length ?? 0) > LARGEST ? undefined : found.values;
  return { type: found.type ?? declared.type, shape, values };
}

/** A rule trusts that a node is what its operator's definition says; one that is not ends here. */
export function guarded<T>(node: NodeProto, rule: () => T): T {
  try {
    return rule();
  } catch (cause) {
    if (cause instanceof BioxError) throw cause;
    throw invalid(`${new Call(node).label} does not fit what it is given`, cause);
  }
}
