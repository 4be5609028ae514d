import { create } from "@bufbuild/protobuf";
import { attr, attributeProto } from "../attribute.js";
import { changed } from "../changed.js";
import { type GraphProto, type NodeProto, NodeProtoSchema } from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";
import { int64 } from "../tensor.js";
import { shapeOf, typesOf } from "./names.js";

/**
 * The graph with a constant in place of each `Shape` whose answer the file knows. Exporters ask for the input's shape once
 * and use it in every layer: as long as the question stands, that is a path from the input around everything.
 */
export function withConstantShapes(graph: GraphProto): GraphProto {
  if (!graph.node.some(isShape)) return graph;
  const types = typesOf(graph);
  const node = graph.node.map((one) => {
    if (!isShape(one)) return one;
    const shape = shapeOf(types.get(one.input[0] ?? ""));
    const asked = shape?.slice(whole(one, "start") ?? 0, whole(one, "end"));
    return asked?.every((extent) => typeof extent === "number") ? constantNode(one, asked) : one;
  });
  return changed(graph, { node });
}

const isShape = ({ opType, domain }: NodeProto): boolean => opType === "Shape" && plainDomain(domain) === "";

function whole({ attribute }: NodeProto, name: string): number | undefined {
  const found = attribute.find((one) => one.name === name);
  return found && Number(found.i);
}

function constantNode({ name, output, metadataProps, docString }: NodeProto, values: readonly number[]): NodeProto {
  const attribute = [attributeProto("value", attr.tensor(int64(values)))];
  return create(NodeProtoSchema, { opType: "Constant", name, output, metadataProps, docString, attribute });
}
