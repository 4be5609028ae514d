import { TensorProto_DataType as Type } from "./onnx-ml_pb.js";

/** `TensorProto.DataType` of the element types that are written, under ONNX Runtime's names of them. */
export const DATA_TYPE = {
  float32: Type.FLOAT,
  uint8: Type.UINT8,
  int8: Type.INT8,
  int32: Type.INT32,
  int64: Type.INT64,
  bool: Type.BOOL,
  float16: Type.FLOAT16,
  float64: Type.DOUBLE,
} as const;

export type DataType = keyof typeof DATA_TYPE;
