import { BioxError } from "../../errors.js";
import { changed } from "../changed.js";
import { requireGraph } from "../graph-of.js";
import type { Model } from "../model.js";
import { extractModel } from "./extract.js";
import { flowOf } from "./flow.js";
import { bypassOf, type CutOptions } from "./list.js";
import { withConstantShapes } from "./shape-nodes.js";

/** The halves of a model: `upper` of `lower` is the whole. */
export interface Halves {
  /** The model's inputs -> the tensor. */
  readonly lower: Model;
  /** The tensor -> the model's outputs. */
  readonly upper: Model;
}

/**
 * Cuts a model in two at a tensor that carries everything (see {@link listCuts}). The tensor keeps its name in both halves, and every
 * node, weight and attribute stays as it is, so lower and then upper compute just what the whole computes.
 *
 * Weights are shared with the model, not copied; what both halves need is in both.
 *
 * @throws BioxError INVALID_ARGUMENT when there is no such tensor, or another path leads past it; ONNX_INVALID when the graph is
 * broken or the tensor's type is not known (see {@link inferShapes})
 */
export function cutModel(model: Model, tensor: string, options: CutOptions = {}): Halves {
  const graph = withConstantShapes(requireGraph(model));
  const flow = flowOf(graph, options.output);
  const outputs = options.output === undefined ? graph.output.map(({ name }) => name) : [options.output];
  const at = flow.values.find(({ name }) => name === tensor);
  if (at === undefined) throw refused(tensor, "is no tensor on the way from its input to its output");
  if (at.maker < 0)
    throw refused(tensor, "is the model's input: one half would be empty", "The whole model is the upper half.");
  if (outputs.includes(tensor))
    throw refused(tensor, "is the model's output: one half would be empty", "The whole model is the lower half.");
  if (!at.single) throw refused(tensor, `does not carry everything: '${bypassOf(flow, tensor)}' leads past it`);
  const folded = changed(model, { graph });
  const inputs = flow.values.flatMap(({ name, maker }) => (maker < 0 ? [name] : []));
  return {
    lower: extractModel(folded, { inputs, outputs: [tensor] }),
    upper: extractModel(folded, { inputs: [tensor], outputs }),
  };
}

function refused(
  tensor: string,
  why: string,
  hint = "'biox inspect MODEL.onnx' lists the tensors at which it can be cut.",
): BioxError {
  return new BioxError("INVALID_ARGUMENT", `The model cannot be cut at '${tensor}': it ${why}.`, hint);
}
