import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType as Type } from "../../onnx-ml_pb.js";
import { count, type Fact, type FactRule, isStatic, NOTHING, unknownExtents } from "./fact.js";

/** Constants of up to so many numbers are read. */
export const LARGEST = 4096;

/** The fact of a constant: its numbers only where they are few. */
export function tensorFact(tensor: TensorProto): Fact {
  const shape = tensor.dims.map(Number);
  const type = tensor.dataType as Type;
  if (count(shape) > LARGEST || tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) return { type, shape };
  const values = numbers(tensor);
  return { type, shape, values: values?.length === count(shape) ? values : undefined };
}

function numbers({ dataType, rawData, int64Data, int32Data, floatData, doubleData }: TensorProto) {
  const raw = rawData.length > 0;
  // A copy, since a view needs an aligned start.
  const bytes = (size: number) => rawData.slice(0, rawData.length - (rawData.length % size)).buffer;
  switch (dataType) {
    case Type.INT64:
      return raw ? Array.from(new BigInt64Array(bytes(8)), Number) : int64Data.map(Number);
    case Type.INT32:
      return raw ? Array.from(new Int32Array(bytes(4))) : int32Data;
    case Type.FLOAT:
      return raw ? Array.from(new Float32Array(bytes(4))) : floatData;
    case Type.DOUBLE:
      return raw ? Array.from(new Float64Array(bytes(8))) : doubleData;
    default:
      return undefined;
  }
}

/** Operators that make constants, and those that look at shapes only. */
export const CONSTANT: Readonly<Record<string, FactRule>> = {
  Constant: (call) => {
    const tensor = call.tensor("value");
    if (tensor) return [tensorFact(tensor)];
    if (call.has("value_int")) return [{ type: Type.INT64, shape: [], values: [call.int("value_int", 0)] }];
    if (call.has("value_float")) return [{ type: Type.FLOAT, shape: [], values: [call.float("value_float", 0)] }];
    const ints = call.ints("value_ints");
    return [call.has("value_ints") && ints ? { type: Type.INT64, shape: [ints.length], values: ints } : NOTHING];
  },
  ConstantOfShape: (call, [extents = NOTHING]) => {
    const value = call.tensor("value");
    const fact = value ? tensorFact(value) : { type: Type.FLOAT, values: [0] };
    const shape = extents.values ?? unknownExtents(extents.shape?.[0]);
    const few = isStatic(shape) && count(shape) <= LARGEST;
    return [{ type: fact.type, shape, values: few ? new Array(count(shape)).fill(fact.values?.[0] ?? 0) : undefined }];
  },
  Shape: (call, [x = NOTHING]) => {
    const part = x.shape?.slice(call.int("start", 0), call.has("end") ? call.int("end", 0) : undefined);
    return [{ type: Type.INT64, shape: [part?.length], values: isStatic(part) ? part : undefined }];
  },
  Range: (_call, [start = NOTHING]) => [{ type: start.type, shape: [undefined] }],
  NonZero: (_call, [x = NOTHING]) => [{ type: Type.INT64, shape: [x.shape?.length, undefined] }],
  Size: (_call, [x = NOTHING]) => [
    { type: Type.INT64, shape: [], values: isStatic(x.shape) ? [count(x.shape)] : undefined },
  ],
};
