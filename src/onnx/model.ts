import { create, toBinary } from "@bufbuild/protobuf";
import type { GraphBuilder } from "./graph.js";
import { type ModelProto, ModelProtoSchema } from "./onnx-ml_pb.js";

/** A whole ONNX file as objects, under the official schema's names in camel case. Fields it does not know are kept. */
export type Model = ModelProto;

/** Opset 17 is the first with LayerNormalization. */
export const DEFAULT_OPSET = 17;

/** The IR version that came out with opset 17, in ONNX 1.12. */
const IR_VERSION = 8n;

/** What {@link graphModel} takes beside the graph. */
export interface ModelOptions {
  /** Opset of the default domain; 17 by default. */
  readonly opset?: number;
  /** Versions of further domains whose operators the graph uses, such as `{ "com.microsoft": 1 }`. */
  readonly domains?: Readonly<Record<string, number>>;
}

/** A graph as a model. */
export function graphModel(graph: GraphBuilder, options: ModelOptions = {}): Model {
  const domains = { "": options.opset ?? DEFAULT_OPSET, ...options.domains };
  return create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "biox-edge",
    graph: graph.proto(),
    opsetImport: Object.entries(domains).map(([domain, version]) => ({ domain, version: BigInt(version) })),
  });
}

/** A model as the bytes of an `.onnx` file. */
export function writeModel(model: Model): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

/** A graph as the bytes of an `.onnx` file. */
export function encodeModel(graph: GraphBuilder, options: ModelOptions = {}): Uint8Array {
  return writeModel(graphModel(graph, options));
}
