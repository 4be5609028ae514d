import type { Model } from "./model.js";
import type { GraphProto } from "./onnx-ml_pb.js";
import { invalid } from "./read.js";

/** The graph of a model. @throws BioxError ONNX_INVALID when it has none */
export function requireGraph(model: Model): GraphProto {
  if (model.graph === undefined) throw invalid("The model has no graph");
  return model.graph;
}
