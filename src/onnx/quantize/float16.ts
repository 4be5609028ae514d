import { create } from "@bufbuild/protobuf";
import { toFloat16 } from "../../bundle/half.js";
import { attr, attributeProto } from "../attribute.js";
import { DATA_TYPE } from "../data-type.js";
import type { Model } from "../model.js";
import { type NodeProto, NodeProtoSchema, type TensorProto } from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";
import { constant, tensorProto } from "../tensor.js";
import { nested } from "../walk.js";
import { type FloatTensor, floatTensor } from "./constants.js";
import { FreshNames } from "./names.js";
import { LEAST_NUMBERS, type Rewritten } from "./report.js";

/** Largest finite float16. */
const LARGEST = 65504;

/**
 * Stores float32 constants as float16, each with a Cast to float32 behind it that bears its old name, so that no other
 * node changes. ONNX Runtime computes the Cast once, when the model is loaded: the file halves, the speed stays.
 * Changes the model.
 *
 * Constants with a number beyond 65504, such as the -1e9 of attention masks, stay as they are.
 *
 * @throws BioxError ONNX_INVALID when a tensor is broken
 */
export function storeFloat16(model: Model): Rewritten {
  const names = new FreshNames(model);
  const kept: Rewritten["kept"][number][] = [];
  let tensors = 0;
  for (const graph of nested(model.graph!)) {
    const initializers: TensorProto[] = [];
    const casts: NodeProto[] = [];
    const replace = (name: string, tensor: TensorProto): boolean => {
      const found = floatTensor(tensor);
      if (found === undefined || found.values.length < LEAST_NUMBERS) return false;
      if (!found.values.every((value) => Math.abs(value) <= LARGEST)) {
        kept.push({ name, reason: `holds numbers beyond ${LARGEST}` });
        return false;
      }
      const stored = names.fresh(`${name}_float16`);
      initializers.push(tensorProto(half(found), stored));
      casts.push(cast(stored, name));
      tensors++;
      return true;
    };
    const rest = graph.initializer.filter((tensor) => !replace(tensor.name, tensor));
    const nodes = graph.node.filter((node) => {
      const value = constantOf(node);
      return value === undefined || !replace(node.output[0]!, value);
    });
    graph.initializer = [...rest, ...initializers];
    graph.node = [...casts, ...nodes];
  }
  return { tensors, kept };
}

/** The tensor of a Constant node that gives one. */
function constantOf({ opType, domain, attribute, output }: NodeProto): TensorProto | undefined {
  if (opType !== "Constant" || plainDomain(domain) !== "" || output.length !== 1) return undefined;
  return attribute.find(({ name }) => name === "value")?.t;
}

function half({ shape, values }: FloatTensor) {
  // A plain loop takes a quarter of the time of Uint16Array.from.
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = toFloat16(values[i]!);
  return constant(bits, shape);
}

function cast(from: string, to: string): NodeProto {
  const attribute = [attributeProto("to", attr.int(DATA_TYPE.float32))];
  return create(NodeProtoSchema, { opType: "Cast", name: `${to}_cast`, input: [from], output: [to], attribute });
}
