import { create } from "@bufbuild/protobuf";
import { invalidArgument } from "../errors.js";
import type { GraphBuilder } from "./graph.js";
import { type AttributeProto, AttributeProtoSchema, AttributeProto_AttributeType as Type } from "./onnx-ml_pb.js";
import { type ConstantTensor, tensorProto } from "./tensor.js";

/**
 * An attribute's value with its ONNX type. The type is always said, since a JavaScript 1 could be an int or a float
 * and ONNX refuses the wrong one.
 */
export type Attribute =
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "ints"; readonly value: readonly number[] }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "floats"; readonly value: readonly number[] }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "tensor"; readonly value: ConstantTensor }
  | { readonly type: "graph"; readonly value: GraphBuilder };

/** Makers of attributes: `{ strides: attr.ints([4]), epsilon: attr.float(1e-5) }`. */
export const attr = {
  int: (value: number): Attribute => ({ type: "int", value: whole("attribute", value) }),
  ints: (value: readonly number[]): Attribute => ({ type: "ints", value: value.map((v) => whole("attribute", v)) }),
  float: (value: number): Attribute => ({ type: "float", value }),
  floats: (value: readonly number[]): Attribute => ({ type: "floats", value }),
  string: (value: string): Attribute => ({ type: "string", value }),
  tensor: (value: ConstantTensor): Attribute => ({ type: "tensor", value }),
  /** The body of a Loop, Scan or If: made by {@link GraphBuilder.subgraph}. */
  graph: (value: GraphBuilder): Attribute => ({ type: "graph", value }),
};

const utf8 = new TextEncoder();

/** The `AttributeProto` of an attribute. */
export function attributeProto(name: string, attribute: Attribute): AttributeProto {
  return create(AttributeProtoSchema, { name, ...content(attribute) });
}

function content(attribute: Attribute) {
  switch (attribute.type) {
    case "int":
      return { type: Type.INT, i: BigInt(attribute.value) };
    case "ints":
      return { type: Type.INTS, ints: attribute.value.map(BigInt) };
    case "float":
      return { type: Type.FLOAT, f: attribute.value };
    case "floats":
      return { type: Type.FLOATS, floats: [...attribute.value] };
    case "string":
      return { type: Type.STRING, s: utf8.encode(attribute.value) };
    case "tensor":
      return { type: Type.TENSOR, t: tensorProto(attribute.value) };
    case "graph":
      return { type: Type.GRAPH, g: attribute.value.proto() };
  }
}

function whole(name: string, value: number): number {
  if (!Number.isSafeInteger(value)) throw invalidArgument(name, "a whole number", value);
  return value;
}
