import type { GraphBuilder } from "./graph.js";
import { MODEL, OPSET } from "./schema.js";
import { MessageWriter } from "./wire.js";

/** Opset 17 is the first with LayerNormalization; IR version 8 belongs to the same release, ONNX 1.12. */
const OPSET_VERSION = 17;
const IR_VERSION = 8;

/** A graph as the bytes of an `.onnx` file (`ModelProto`), for opset 17 of the default domain. */
export function encodeModel(graph: GraphBuilder): Uint8Array {
  const opset = new MessageWriter().string(OPSET.domain, "").int(OPSET.version, OPSET_VERSION);
  return new MessageWriter()
    .int(MODEL.irVersion, IR_VERSION)
    .string(MODEL.producerName, "biox-edge")
    .message(MODEL.graph, graph.encode())
    .message(MODEL.opsetImport, opset)
    .finish();
}
