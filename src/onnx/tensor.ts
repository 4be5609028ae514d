import { create } from "@bufbuild/protobuf";
import { invalidArgument } from "../errors.js";
import { DATA_TYPE, type DataType } from "./data-type.js";
import { type TensorProto, TensorProtoSchema } from "./onnx-ml_pb.js";

/**
 * The values of a constant tensor; the kind of array says the data type (a `Uint8Array` can also stand for bool; a
 * `Uint16Array` holds the bit patterns of float16). */
export type TensorValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint16Array
  | Int32Array
  | BigInt64Array;

/** A constant inside a model: an initializer or an attribute. Values are in row-major order, `shape` [] is a scalar. */
export interface ConstantTensor {
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

/**
 * A constant from a typed array.
 *
 * @param values row-major; its length must be the product of `shape`
 * @param shape numbers of elements by dimension, [] for a scalar
 * @param dataType only needed for bool, which is given as a `Uint8Array` of 0 and 1
 * @throws BioxError INVALID_ARGUMENT when length and shape, or array and data type, do not fit
 */
export function constant(values: TensorValues, shape: readonly number[], dataType?: DataType): ConstantTensor {
  const natural = naturalType(values);
  const chosen = dataType ?? natural;
  if (chosen !== natural && !(chosen === "bool" && natural === "uint8"))
    throw invalidArgument("dataType", `'${natural}' for values in a ${values.constructor.name}`, chosen);
  let count = 1;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) throw invalidArgument("shape", "whole numbers >= 0", shape);
    count *= extent;
  }
  if (count !== values.length)
    throw invalidArgument("values", `${count} long, the product of shape [${shape.join(", ")}]`, values.length);
  return { dataType: chosen, shape: [...shape], values };
}

/** A tensor of int64, the type in which ONNX takes shapes, axes and counts. */
export function int64(values: readonly number[], shape: readonly number[] = [values.length]): ConstantTensor {
  return constant(BigInt64Array.from(values, BigInt), shape);
}

/** The `TensorProto` of a constant; `name` is left out for a tensor inside an attribute. Its values are not copied. */
export function tensorProto(tensor: ConstantTensor, name?: string): TensorProto {
  // raw_data is little-endian by definition, as is every host that ONNX Runtime supports.
  const { buffer, byteOffset, byteLength } = tensor.values;
  return create(TensorProtoSchema, {
    dims: tensor.shape.map(BigInt),
    dataType: DATA_TYPE[tensor.dataType],
    rawData: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength),
    ...(name === undefined ? {} : { name }),
  });
}

function naturalType(values: TensorValues): DataType {
  if (values instanceof Float32Array) return "float32";
  if (values instanceof Float64Array) return "float64";
  if (values instanceof BigInt64Array) return "int64";
  if (values instanceof Int32Array) return "int32";
  if (values instanceof Uint16Array) return "float16";
  if (values instanceof Int8Array) return "int8";
  if (values instanceof Uint8Array) return "uint8";
  throw invalidArgument("values", "a typed array that ONNX has a data type for", values);
}
