import {
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  TensorProto_DataType as Type,
} from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";

/** What a graph says of its values without being run. */
export class KnownValues {
  readonly #constants = new Map<string, TensorProto>();
  readonly #ranks = new Map<string, number>();

  constructor(graph: GraphProto) {
    for (const { name, type } of [...graph.input, ...graph.valueInfo]) {
      const rank = type?.value.case === "tensorType" ? type.value.value.shape?.dim.length : undefined;
      if (rank !== undefined) this.#ranks.set(name, rank);
    }
    for (const tensor of graph.initializer) this.#constants.set(tensor.name, tensor);
    // From IR version 4 on, an initializer that is an input, too, is a default that a caller may replace.
    for (const { name } of graph.input) this.#constants.delete(name);
    for (const node of graph.node) this.#learn(node);
  }

  #learn(node: NodeProto): void {
    const [output] = node.output;
    if (output === undefined || plainDomain(node.domain) !== "") return;
    if (node.opType === "Constant") this.#learnConstant(output, node.attribute[0]);
    const perm = node.attribute.find(({ name }) => name === "perm")?.ints;
    if (node.opType === "Transpose" && perm?.length) this.#ranks.set(output, perm.length);
    const shape = node.opType === "Reshape" ? this.int64s(node.input[1] ?? "") : undefined;
    if (shape) this.#ranks.set(output, shape.length);
  }

  #learnConstant(output: string, value: AttributeProto | undefined): void {
    if (value?.t) this.#constants.set(output, value.t);
    else if (value?.name === "value_float" || value?.name === "value_int") this.#ranks.set(output, 0);
    else if (value?.name === "value_floats" || value?.name === "value_ints") this.#ranks.set(output, 1);
  }

  /** Number of dimensions; undefined where the graph does not say. */
  rank(name: string): number | undefined {
    return this.#constants.get(name)?.dims.length ?? this.#ranks.get(name);
  }

  /** The tensor of that name, when it is constant: an initializer that no caller may replace, or of a Constant node. */
  constant(name: string): TensorProto | undefined {
    return this.#constants.get(name);
  }

  /** The numbers of a constant int64 vector. */
  int64s(name: string): number[] | undefined {
    const tensor = this.#constants.get(name);
    if (tensor?.dataType !== Type.INT64 || tensor.dims.length !== 1) return undefined;
    const { rawData, int64Data } = tensor;
    if (rawData.length === 0) return int64Data.map(Number);
    const values = new BigInt64Array(rawData.slice(0, rawData.length - (rawData.length % 8)).buffer);
    return Array.from(values, Number);
  }
}
