import { fromBinary } from "@bufbuild/protobuf";
import { BioxError, invalidArgument } from "../errors.js";
import type { Model } from "./model.js";
import { type GraphProto, ModelProtoSchema, type TensorProto, TensorProto_DataLocation } from "./onnx-ml_pb.js";
import { everyGraph } from "./walk.js";

/**
 * Reads an `.onnx` file. Weights are views of `bytes`, which must not be changed while the model is in use.
 *
 * @param bytes the whole file
 * @param name what messages call it
 * @throws BioxError INVALID_ARGUMENT when `bytes` is none; ONNX_INVALID when the file is not an ONNX model, is cut short,
 * or keeps weights in other files
 */
export function readModel(bytes: Uint8Array, name = "the model"): Model {
  const model = parseModel(bytes, name);
  for (const graph of everyGraph(model)) for (const tensor of tensorsOf(graph)) requireInside(tensor, name);
  return model;
}

/** Reads the bytes of an `.onnx` file like {@link readModel}, but takes weights in other files, too, as mere references. */
export function parseModel(bytes: Uint8Array, name: string): Model {
  if (!(bytes instanceof Uint8Array)) throw invalidArgument("bytes", "a Uint8Array", bytes);
  let model: Model;
  try {
    // A view of plain bytes: a Node Buffer would make each weight a Buffer, too.
    model = fromBinary(ModelProtoSchema, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalid(`${name} is not an ONNX file, or is cut short: ${reason}`, cause);
  }
  if (model.graph === undefined || model.graph.output.length === 0)
    throw invalid(`${name} is not an ONNX model: it has no graph with an output`);
  if (!model.opsetImport.some(({ version }) => version > 0n))
    throw invalid(`${name} is not an ONNX model: it does not say which opset it uses`);
  return model;
}

/** The version of ONNX's own operators that a model uses; 1 where it only uses others. */
export function opsetOf(model: Model): number {
  const own = model.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx");
  return Number(own?.version ?? 1n);
}

/** The error for an ONNX file that is not what it should be; `problem` has no full stop. */
export function invalid(problem: string, cause?: unknown): BioxError {
  return new BioxError("ONNX_INVALID", `${problem}.`, "Export the model again, with its weights inside.", { cause });
}

/** The tensors that a graph holds, bodies left out: weights, and those of its nodes' attributes. */
export function* tensorsOf(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const node of graph.node)
    for (const { t, tensors } of node.attribute) {
      if (t) yield t;
      yield* tensors;
    }
}

function requireInside(tensor: TensorProto, name: string): void {
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL)
    throw invalid(`${name} keeps its tensor '${tensor.name}' in another file, but all weights must be inside`);
}
