import { create } from "@bufbuild/protobuf";
import { invalidArgument } from "../errors.js";
import { DATA_TYPE, type DataType } from "./data-type.js";
import { type ValueInfoProto, ValueInfoProtoSchema } from "./onnx-ml_pb.js";

/** One extent of a shape: a whole number, or a name where it is known only at run time. */
export type Dimension = number | string;

/** The `ValueInfoProto` of a graph's input or output: its name, element type and shape. */
export function valueInfoProto(name: string, dataType: DataType, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map((extent) => {
    if (typeof extent === "string") return { value: { case: "dimParam" as const, value: extent } };
    if (Number.isSafeInteger(extent) && extent >= 0)
      return { value: { case: "dimValue" as const, value: BigInt(extent) } };
    throw invalidArgument(`shape of '${name}'`, "whole numbers >= 0 or names", shape);
  });
  const value = { elemType: DATA_TYPE[dataType], shape: { dim } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: "tensorType", value } } });
}
