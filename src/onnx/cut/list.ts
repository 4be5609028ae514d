import { requireGraph } from "../graph-of.js";
import type { Model } from "../model.js";
import type { ValueInfoProto } from "../onnx-ml_pb.js";
import { blockBorders } from "./blocks.js";
import { type Flow, flowOf } from "./flow.js";
import { dataTypeOf, shapeOf, typesOf } from "./names.js";
import { Parameters } from "./parameters.js";
import { scopeOf } from "./scope.js";
import { withConstantShapes } from "./shape-nodes.js";

/** A place where one tensor carries everything: every path from an input to the output passes through it. */
export interface Cut {
  readonly tensor: string;
  /** Extents: numbers, names of open ones, "?" for those without; undefined where the file says nothing of the tensor. */
  readonly shape?: readonly (number | string)[];
  /** Element type as ONNX Runtime calls it, such as "float32"; undefined where the file does not say. */
  readonly dataType?: string;
  /** 0 for the first cut after the input, and so on. */
  readonly index: number;
  /** Module in which the tensor is made, such as `blocks.3/attn`; the nearest one before it where its node has none. */
  readonly scope: string;
  /**
   * `k` for the tensor that goes into the model's repeated block `k` and comes out of block `k - 1`; the number of blocks
   * for what leaves the last one. Undefined inside blocks and outside them.
   */
  readonly block?: number;
  /** Numbers of the weights that the part before the cut needs; weights that both parts need count in both. */
  readonly parametersBefore: number;
  readonly parametersAfter: number;
}

/** What {@link listCuts} and {@link cutModel} take beside the model. */
export interface CutOptions {
  /** The output that counts; by default all of them, and a cut is a place that all paths to any of them pass. */
  readonly output?: string;
}

/**
 * Lists the places at which a model can be cut in two, from the input to the output. Inputs and outputs are none.
 *
 * What depends on no input (weights, masks computed from them) is no path: both halves get what they need of it. Nor is a
 * `Shape` of a tensor whose shape is known.
 *
 * @throws BioxError ONNX_INVALID when names are given twice, a value is missing, or nodes go in a circle;
 * INVALID_ARGUMENT when there is no such output
 */
export function listCuts(model: Model, options: CutOptions = {}): Cut[] {
  const graph = withConstantShapes(requireGraph(model));
  const flow = flowOf(graph, options.output);
  const ends = new Set(options.output === undefined ? graph.output.map(({ name }) => name) : [options.output]);
  const places = flow.values.filter(({ single, maker, name }) => single && maker >= 0 && !ends.has(name));
  const types = typesOf(graph);
  const parameters = new Parameters(graph, flow);
  const stations = flow.steps.map(({ node, position }) => {
    const { opType } = graph.node[node]!;
    return { position, opType, scope: scopeOf(graph.node[node]!) };
  });
  const borders = blockBorders(
    stations,
    places.map(({ position }) => position),
  );
  let at = 0;
  let scope = "";
  return places.map(({ name, position }, index) => {
    for (; at < stations.length && stations[at]!.position < position; at++) scope = stations[at]!.scope || scope;
    const block = borders.get(position);
    return {
      tensor: name,
      ...typeOf(types.get(name)),
      index,
      scope,
      ...(block === undefined ? {} : { block }),
      parametersBefore: parameters.before(position),
      parametersAfter: parameters.after(position),
    };
  });
}

/** The tensor past which something else leads from before `name` to after it; undefined where nothing does. */
export function bypassOf(flow: Flow, name: string): string | undefined {
  const target = flow.values.find((value) => value.name === name);
  if (target === undefined) return undefined;
  return flow.values.find(({ position, reaches }) => position < target.position && reaches > target.position)?.name;
}

function typeOf(value: ValueInfoProto | undefined): Pick<Cut, "shape" | "dataType"> {
  const shape = shapeOf(value);
  const dataType = dataTypeOf(value);
  return { ...(shape ? { shape } : {}), ...(dataType ? { dataType } : {}) };
}
