import { create } from "@bufbuild/protobuf";
import { BioxError, invalidArgument } from "../errors.js";
import { type Attribute, attributeProto } from "./attribute.js";
import type { DataType } from "./data-type.js";
import {
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx-ml_pb.js";
import { type ConstantTensor, tensorProto } from "./tensor.js";
import { type Dimension, valueInfoProto } from "./value-info.js";

/** What {@link GraphBuilder.node} takes beside the operator and its inputs. */
export interface NodeOptions {
  /** "" is ONNX's own; "com.microsoft" has ONNX Runtime's further operators. */
  readonly domain?: string;
  /** Attributes under the operator's own names. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Names of the results; made up from the operator where left out, one result then. */
  readonly outputs?: readonly string[];
}

/**
 * Builds an ONNX graph node by node, in the order in which it runs.
 *
 * Values are known by name. A name is given once, and must exist before a node takes it, so a finished graph is
 * sorted and free of cycles. {@link encodeModel} turns a graph into a file.
 */
export class GraphBuilder {
  readonly name: string;
  readonly #parent: GraphBuilder | undefined;
  readonly #defined = new Set<string>();
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  #counter = 0;

  constructor(name: string, parent?: GraphBuilder) {
    this.name = name;
    this.#parent = parent;
  }

  /** A graph input. `shape` takes whole numbers, or names for dimensions known only at run time. Returns its name. */
  input(name: string, dataType: DataType, shape: readonly Dimension[]): string {
    this.#define(name);
    this.#inputs.push(valueInfoProto(name, dataType, shape));
    return name;
  }

  /** A constant, such as a weight. Returns its name. */
  initializer(name: string, tensor: ConstantTensor): string {
    this.#define(name);
    this.#initializers.push(tensorProto(tensor, name));
    return name;
  }

  /**
   * Adds a node and returns the name of its first result.
   *
   * @param opType operator, such as "Conv"
   * @param inputs names of values that exist already; "" leaves an optional input out
   * @throws BioxError INVALID_ARGUMENT when an input does not exist or an output's name is taken
   */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    for (const input of inputs)
      if (input !== "" && !this.#sees(input))
        throw invalidArgument(`each input of ${opType}`, "a value defined before it", input);
    const outputs = options.outputs ?? [this.#freshName(opType)];
    if (outputs.length === 0) throw invalidArgument(`outputs of ${opType}`, "at least one name", outputs);
    for (const output of outputs) this.#define(output);
    this.#nodes.push(
      create(NodeProtoSchema, {
        input: [...inputs],
        output: [...outputs],
        name: `${this.name}/${outputs[0]}`,
        opType,
        ...(options.domain === undefined ? {} : { domain: options.domain }),
        attribute: Object.entries(options.attributes ?? {}).map(([name, value]) => attributeProto(name, value)),
      }),
    );
    return outputs[0]!;
  }

  /** Declares an existing value as a result of the graph, with its type and shape. */
  output(name: string, dataType: DataType, shape: readonly Dimension[]): void {
    if (!this.#defined.has(name)) throw invalidArgument("output", `a value of graph '${this.name}'`, name);
    this.#outputs.push(valueInfoProto(name, dataType, shape));
  }

  /** A body for Loop, Scan or If. Its nodes may take values of this graph by name, and may not reuse those names. */
  subgraph(name: string): GraphBuilder {
    return new GraphBuilder(name, this);
  }

  /** The `GraphProto` of the graph as it is. */
  proto(): GraphProto {
    if (this.#outputs.length === 0)
      throw new BioxError("INVALID_ARGUMENT", `Graph '${this.name}' has no output.`, "Declare one with output().");
    return create(GraphProtoSchema, {
      node: [...this.#nodes],
      name: this.name,
      initializer: [...this.#initializers],
      input: [...this.#inputs],
      output: [...this.#outputs],
    });
  }

  #sees(name: string): boolean {
    for (let graph: GraphBuilder | undefined = this; graph !== undefined; graph = graph.#parent)
      if (graph.#defined.has(name)) return true;
    return false;
  }

  #define(name: string): void {
    if (name === "") throw invalidArgument("name", "a name that is not empty", name);
    if (this.#sees(name)) throw invalidArgument("name", `new in graph '${this.name}'`, name);
    this.#defined.add(name);
  }

  #freshName(opType: string): string {
    let name: string;
    do name = `${this.name}_${opType.toLowerCase()}_${this.#counter++}`;
    while (this.#sees(name));
    return name;
  }
}
