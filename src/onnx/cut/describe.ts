import { requireGraph } from "../graph-of.js";
import type { Model } from "../model.js";
import type { ValueInfoProto } from "../onnx-ml_pb.js";
import { opsetOf } from "../read.js";
import { dataTypeOf, namesOf, shapeOf } from "./names.js";
import { numbersOf } from "./parameters.js";

/** An input or output of a model. */
export interface Port {
  readonly name: string;
  /** As ONNX Runtime calls it, such as "float32"; undefined for what is no tensor or of another type. */
  readonly dataType?: string;
  /** Numbers, names of open extents, "?" for those without. */
  readonly shape?: readonly (number | string)[];
}

/** What a model is. */
export interface ModelDescription {
  /** Version of ONNX's own operators. */
  readonly opset: number;
  /** Program that wrote the file, with its version; "" where the file does not say. */
  readonly producer: string;
  readonly nodes: number;
  /** Functions of the model's own that are called as one node: in a model from a file, those that could not become part of the graph. */
  readonly functions: readonly string[];
  /** Numbers of all weights: tensors that are neither indices nor text. */
  readonly parameters: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** @throws BioxError ONNX_INVALID when a name is given twice */
export function describeModel(model: Model): ModelDescription {
  const graph = requireGraph(model);
  return {
    opset: opsetOf(model),
    producer: [model.producerName, model.producerVersion].filter((part) => part !== "").join(" "),
    nodes: graph.node.length,
    functions: model.functions.map(({ name }) => name),
    parameters: graph.initializer.reduce((sum, tensor) => sum + numbersOf(tensor), 0),
    inputs: [...namesOf(graph).inputs.values()].map(portOf),
    outputs: graph.output.map(portOf),
  };
}

function portOf(value: ValueInfoProto): Port {
  const shape = shapeOf(value);
  const dataType = dataTypeOf(value);
  return { name: value.name, ...(dataType ? { dataType } : {}), ...(shape ? { shape } : {}) };
}
