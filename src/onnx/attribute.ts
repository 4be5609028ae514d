import { invalidArgument } from "../errors.js";
import type { GraphBuilder } from "./graph.js";
import { ATTRIBUTE, ATTRIBUTE_TYPE } from "./schema.js";
import { type ConstantTensor, encodeTensor } from "./tensor.js";
import { MessageWriter } from "./wire.js";

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

/** Encodes an `AttributeProto`. */
export function encodeAttribute(name: string, attribute: Attribute): MessageWriter {
  const message = new MessageWriter().string(ATTRIBUTE.name, name);
  switch (attribute.type) {
    case "int":
      message.int(ATTRIBUTE.i, attribute.value);
      break;
    case "ints":
      for (const value of attribute.value) message.int(ATTRIBUTE.ints, value);
      break;
    case "float":
      message.float(ATTRIBUTE.f, attribute.value);
      break;
    case "floats":
      for (const value of attribute.value) message.float(ATTRIBUTE.floats, value);
      break;
    case "string":
      message.string(ATTRIBUTE.s, attribute.value);
      break;
    case "tensor":
      message.message(ATTRIBUTE.t, encodeTensor(attribute.value));
      break;
    case "graph":
      message.message(ATTRIBUTE.g, attribute.value.encode());
      break;
  }
  return message.int(ATTRIBUTE.type, ATTRIBUTE_TYPE[attribute.type]);
}

function whole(name: string, value: number): number {
  if (!Number.isSafeInteger(value)) throw invalidArgument(name, "a whole number", value);
  return value;
}
