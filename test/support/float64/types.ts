import { attr, attributeProto } from "../../../src/onnx/attribute.js";
import { constant, type Model, readModel, writeModel } from "../../../src/onnx/index.js";
import { type TensorProto, TensorProto_DataType as Type } from "../../../src/onnx/onnx-ml_pb.js";
import { tensorProto } from "../../../src/onnx/tensor.js";

/** A float32 model with all of its float32 numbers, inputs and outputs in float64. Constants keep their rounded values. */
export function toFloat64(model: Model): Model {
  const copy = readModel(writeModel(model));
  const graph = copy.graph!;
  for (const { type } of [...graph.input, ...graph.output, ...graph.valueInfo])
    if (type?.value.case === "tensorType" && type.value.value.elemType === Type.FLOAT)
      type.value.value.elemType = Type.DOUBLE;
  graph.initializer = graph.initializer.map(double);
  for (const node of graph.node) {
    node.attribute = node.attribute.map((one) =>
      node.opType === "Constant" && one.name === "value_float"
        ? attributeProto("value", attr.tensor(constant(Float64Array.of(one.f), [])))
        : one,
    );
    for (const one of node.attribute) {
      if (one.t) one.t = double(one.t);
      if (node.opType === "Cast" && one.name === "to" && one.i === BigInt(Type.FLOAT)) one.i = BigInt(Type.DOUBLE);
    }
  }
  return copy;
}

function double(tensor: TensorProto): TensorProto {
  if (tensor.dataType !== Type.FLOAT) return tensor;
  const singles = new Float32Array(tensor.rawData.slice().buffer);
  return tensorProto(constant(Float64Array.from(singles), tensor.dims.map(Number)), tensor.name);
}
