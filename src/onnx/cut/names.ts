import { DATA_TYPE } from "../data-type.js";
import type { GraphProto, TensorProto, ValueInfoProto } from "../onnx-ml_pb.js";
import { invalid } from "../read.js";

/** What the values of a graph are, by name. */
export interface Names {
  /** Inputs that need a value: not those that only list a weight, as all did before IR version 4. */
  readonly inputs: ReadonlyMap<string, ValueInfoProto>;
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** Names of weights, sparse ones included. */
  readonly weights: ReadonlySet<string>;
  /** Index of the node that gives a value. */
  readonly makers: ReadonlyMap<string, number>;
}

/** @throws BioxError ONNX_INVALID when a name is given twice */
export function namesOf(graph: GraphProto): Names {
  const initializers = new Map<string, TensorProto>();
  const inputs = new Map<string, ValueInfoProto>();
  const makers = new Map<string, number>();
  const weights = new Set<string>();
  const once = (name: string): void => {
    if (weights.has(name) || inputs.has(name) || makers.has(name))
      throw invalid(`The model gives two values the name '${name}'`);
  };
  for (const tensor of graph.initializer) {
    once(tensor.name);
    initializers.set(tensor.name, tensor);
    weights.add(tensor.name);
  }
  for (const { values } of graph.sparseInitializer) {
    once(values?.name ?? "");
    weights.add(values?.name ?? "");
  }
  for (const input of graph.input) {
    if (weights.has(input.name)) continue;
    once(input.name);
    inputs.set(input.name, input);
  }
  for (const [index, { output }] of graph.node.entries())
    for (const name of output) {
      if (name === "") continue;
      once(name);
      makers.set(name, index);
    }
  return { inputs, initializers, weights, makers };
}

/** Type and shape of values, as far as the model says, by name. */
export function typesOf(graph: GraphProto): Map<string, ValueInfoProto> {
  const types = new Map<string, ValueInfoProto>();
  // What comes later goes before: inputs and outputs are always declared, inner values by whoever wrote the file.
  for (const value of [...graph.valueInfo, ...graph.output, ...graph.input]) types.set(value.name, value);
  return types;
}

/** Extents of a tensor: a number, a name, or "?" for one of which nothing is said; undefined where no shape is known. */
export function shapeOf(value: ValueInfoProto | undefined): (number | string)[] | undefined {
  const type = value?.type?.value;
  if (type?.case !== "tensorType" || type.value.shape === undefined) return undefined;
  return type.value.shape.dim.map(({ value: extent }) => {
    if (extent.case === "dimValue") return Number(extent.value);
    return extent.case === "dimParam" && extent.value !== "" ? extent.value : "?";
  });
}

const DATA_TYPE_NAMES = new Map<number, string>(Object.entries(DATA_TYPE).map(([name, type]) => [type, name]));

/** Element type of a tensor as ONNX Runtime calls it; undefined where it is not known or has no name here. */
export function dataTypeOf(value: ValueInfoProto | undefined): string | undefined {
  const type = value?.type?.value;
  return type?.case === "tensorType" ? DATA_TYPE_NAMES.get(type.value.elemType) : undefined;
}
