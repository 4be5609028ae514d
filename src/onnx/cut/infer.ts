import "../../engine/no-telemetry.js";
import { create } from "@bufbuild/protobuf";
import { InferenceSession } from "onnxruntime-node";
import { firstLine } from "../../engine/runtime.js";
import { changed } from "../changed.js";
import { DATA_TYPE, type DataType } from "../data-type.js";
import { requireGraph } from "../graph-of.js";
import { type Model, writeModel } from "../model.js";
import {
  type GraphProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType as Type,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "../onnx-ml_pb.js";
import { invalid } from "../read.js";
import { flowOf } from "./flow.js";
import { shapeOf, typesOf } from "./names.js";

/** Weights of more numbers are left out where only shapes are asked for: no shape depends on the values of so many. */
const MOST_NUMBERS = 1024;

/** Values that are asked for at a time: ONNX Runtime's time grows with the square of their number. */
const MOST_VALUES = 10_000;

/**
 * Completes what a model says of the types and shapes of its tensors: those that lie on the way from the inputs to the outputs, as ONNX
 * Runtime infers them. Needs none of the large weights, so it is fast for a model of any size. What depends on open dimensions stays open.
 *
 * @param tensors those to complete; by default all, up to 10,000 of them
 * @throws BioxError ONNX_INVALID when the graph is broken or ONNX Runtime does not take it
 */
export async function inferShapes(model: Model, tensors?: readonly string[]): Promise<Model> {
  const graph = requireGraph(model);
  const types = typesOf(graph);
  const wanted = tensors && new Set(tensors);
  const open = flowOf(graph)
    .values.filter(({ name }) => (wanted?.has(name) ?? true) && !isComplete(types.get(name)))
    .slice(0, MOST_VALUES)
    .map(({ name }) => name);
  if (open.length === 0) return model;
  const found = new Map((await ask(skeleton(model, graph, open))).map((value) => [value.name, value]));
  const valueInfo = graph.valueInfo.filter(({ name }) => !found.has(name));
  const output = graph.output.map((value) => {
    const better = found.get(value.name);
    found.delete(value.name);
    return value.type === undefined && better ? changed(value, { type: better.type }) : value;
  });
  return changed(model, { graph: changed(graph, { output, valueInfo: [...valueInfo, ...found.values()] }) });
}

const isComplete = (value: ValueInfoProto | undefined): boolean => {
  const shape = shapeOf(value);
  return shape !== undefined && !shape.includes("?");
};

/** The model with large weights as inputs, and the values asked for as outputs of no declared type. */
function skeleton(model: Model, graph: GraphProto, values: readonly string[]): Model {
  const listed = new Set(graph.input.map(({ name }) => name));
  const large = new Set(graph.initializer.filter(isLarge));
  const asInputs = [...large].filter(({ name }) => !listed.has(name)).map(declaration);
  const asked = new Set(values);
  const output = [
    ...graph.output.filter(({ name }) => !asked.has(name)),
    ...values.map((name) => create(ValueInfoProtoSchema, { name })),
  ];
  return changed(model, {
    graph: changed(graph, {
      initializer: graph.initializer.filter((tensor) => !large.has(tensor)),
      input: [...graph.input, ...asInputs],
      output,
      valueInfo: graph.valueInfo.filter(({ name }) => !asked.has(name)),
    }),
  });
}

function isLarge({ dims, dataLocation }: TensorProto): boolean {
  if (dataLocation === TensorProto_DataLocation.EXTERNAL) return true;
  return dims.reduce((product, extent) => product * Number(extent), 1) > MOST_NUMBERS;
}

function declaration({ name, dataType, dims }: TensorProto): ValueInfoProto {
  const dim = dims.map((value) => ({ value: { case: "dimValue" as const, value } }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType: dataType, shape: { dim } } } },
  });
}

async function ask(model: Model): Promise<ValueInfoProto[]> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(writeModel(model), {
      graphOptimizationLevel: "disabled",
      logSeverityLevel: 4,
      intraOpNumThreads: 1,
    });
  } catch (cause) {
    throw invalid(`ONNX Runtime does not take the model: ${firstLine(cause)}`, cause);
  }
  try {
    return session.outputMetadata.flatMap((value) =>
      value.isTensor ? [inferred(value.name, value.type, value.shape)] : [],
    );
  } finally {
    await session.release();
  }
}

function inferred(name: string, type: string, shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((extent) => {
    if (typeof extent === "number" && extent >= 0)
      return { value: { case: "dimValue" as const, value: BigInt(extent) } };
    // Names that ONNX Runtime makes up for what it cannot tell.
    if (typeof extent === "string" && extent !== "" && !extent.startsWith("unk__"))
      return { value: { case: "dimParam" as const, value: extent } };
    return {};
  });
  const elemType = DATA_TYPE[type as DataType] ?? Type.UNDEFINED;
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType, shape: { dim } } } },
  });
}
