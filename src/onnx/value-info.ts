import { invalidArgument } from "../errors.js";
import { DATA_TYPE, type DataType, DIMENSION, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from "./schema.js";
import { MessageWriter } from "./wire.js";

/** One extent of a shape: a whole number, or a name where it is known only at run time. */
export type Dimension = number | string;

/** Encodes a `ValueInfoProto`: the name, element type and shape of a graph's input or output. */
export function encodeValueInfo(name: string, dataType: DataType, shape: readonly Dimension[]): MessageWriter {
  const shapeMessage = new MessageWriter();
  for (const extent of shape) {
    const dimension = new MessageWriter();
    if (typeof extent === "string") dimension.string(DIMENSION.dimParam, extent);
    else if (Number.isSafeInteger(extent) && extent >= 0) dimension.int(DIMENSION.dimValue, extent);
    else throw invalidArgument(`shape of '${name}'`, "whole numbers >= 0 or names", shape);
    shapeMessage.message(SHAPE.dim, dimension);
  }
  const tensorType = new MessageWriter()
    .int(TENSOR_TYPE.elemType, DATA_TYPE[dataType])
    .message(TENSOR_TYPE.shape, shapeMessage);
  return new MessageWriter()
    .string(VALUE_INFO.name, name)
    .message(VALUE_INFO.type, new MessageWriter().message(TYPE.tensorType, tensorType));
}
