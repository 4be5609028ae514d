import { create } from "@bufbuild/protobuf";
import { BioxError, invalidArgument } from "../../errors.js";
import { openInputs } from "../chain.js";
import { DATA_TYPE, type DataType } from "../data-type.js";
import type { Model } from "../model.js";
import { GraphProtoSchema, ModelProtoSchema, type NodeProto, NodeProtoSchema } from "../onnx-ml_pb.js";
import { type Dimension, valueInfoProto } from "../value-info.js";
import { backwardPass } from "./backward.js";
import { Emitter } from "./emitter.js";
import type { Shape } from "./facts/fact.js";
import { type Forward, forwardPass, usedBy } from "./forward.js";
import { LOSSES, type Loss } from "./loss.js";
import { raisedOpsets } from "./raise.js";
import { freeReserved, GRADIENT, LOSS, TARGET } from "./reserved.js";
import { unsupported } from "./rule.js";

/** What {@link gradientModel} takes. */
export interface GradientOptions {
  /** The input of the model by which the loss is differentiated: float32 or float64. */
  readonly input: string;
  /** The value that is compared with the target: an output of the model, or any value inside of it. */
  readonly output: string;
  /** `cosine` by default. */
  readonly loss?: Loss;
}

/**
 * Differentiates a model: writes one graph that computes a loss of one of its values and the gradient of that loss by one
 * of its inputs, in reverse mode. Values of the forward pass are used again on the way back, and nothing is written that
 * neither needs. The model is left as it is; its weights are shared.
 *
 * The new model takes `input` as the model does and `target` (shape and type of `output`), and gives `loss` (a scalar)
 * and `gradient` (shape of `input`). Further inputs that `output` depends on stay inputs. All numbers of `output` make up
 * one loss: a model of one window at a time is meant, and the mean over windows is taken outside.
 *
 * @throws BioxError INVALID_ARGUMENT for an unknown loss or name, or where `output` does not depend on `input`;
 * ONNX_UNSUPPORTED for a node whose gradient is not known, which is named; ONNX_INVALID for a broken graph
 */
export function gradientModel(model: Model, { input, output, loss = "cosine" }: GradientOptions): Model {
  if (!Object.hasOwn(LOSSES, loss)) throw invalidArgument("loss", `one of ${Object.keys(LOSSES).join(", ")}`, loss);
  const { graph, names, nameOf } = freeReserved(model, input);
  const open = openInputs({ model: { ...model, graph } });
  const from = open.find(({ name }) => name === input);
  if (from === undefined)
    throw invalidArgument("input", `an input of the model (${open.map(({ name }) => name).join(", ")})`, input);
  const result = nameOf(output);
  const exists = result === input || graph.node.some((node) => node.output.includes(result));
  if (!exists || output === "") throw invalidArgument("output", "a value that the model computes", output);

  const forward = forwardPass(graph, input, result, names);
  const { facts } = forward;
  const type = floatType(forward, input);
  if (!forward.active.has(result)) throw independent(input, output);
  const resultType = floatType(forward, result);
  facts.set(TARGET, { type: DATA_TYPE[resultType], shape: facts.shape(result) });

  const { opset, imports } = raisedOpsets(model, forward.nodes);
  const emit = new Emitter(facts, names, opset);
  const compared = LOSSES[loss](emit, result, TARGET);
  const gradient = backwardPass(forward, emit, { input, output: result, seed: compared.gradient });
  if (gradient === undefined) throw independent(input, output);
  const nodes = live([...forward.nodes, ...emit.nodes, named(compared.loss, LOSS), named(gradient, GRADIENT)]);

  const used = new Set(nodes.flatMap(usedBy));
  const inputs = open.filter((value) => value === from || used.has(value.name));
  return create(ModelProtoSchema, {
    irVersion: model.irVersion < IR_VERSION ? IR_VERSION : model.irVersion,
    producerName: "biox-edge",
    opsetImport: imports,
    functions: model.functions,
    graph: create(GraphProtoSchema, {
      name: `${graph.name}_${GRADIENT}`,
      node: nodes,
      initializer: [...graph.initializer, ...emit.initializers].filter(({ name }) => used.has(name)),
      sparseInitializer: graph.sparseInitializer.filter(({ values }) => used.has(values?.name ?? "")),
      input: [...inputs, valueInfoProto(TARGET, resultType, dimensions(facts.shape(result), result))],
      output: [
        valueInfoProto(LOSS, resultType, []),
        valueInfoProto(GRADIENT, type, dimensions(facts.shape(input), input)),
      ],
    }),
  });
}

/** The IR version that came out with opset 17. */
const IR_VERSION = 8n;

function floatType({ facts }: Forward, name: string): Extract<DataType, "float32" | "float64"> {
  const type = facts.type(name);
  // The type of a value inside is only unknown where an operator is, too; the way back will name it.
  if (type === DATA_TYPE.float32 || type === undefined) return "float32";
  if (type === DATA_TYPE.float64) return "float64";
  throw new BioxError(
    "ONNX_UNSUPPORTED",
    `Gradients are computed in float32 and float64, but '${name}' is of another type.`,
    "Export the model in float32.",
  );
}

function independent(input: string, output: string): BioxError {
  return invalidArgument("output", `a value that changes with the input '${input}'`, output);
}

/** An unknown extent gets a name of its own. */
function dimensions(shape: Shape, name: string): Dimension[] {
  if (shape === undefined) throw unsupported(`a value '${name}' of unknown shape`);
  return shape.map((extent, i) => extent ?? `${name}_${i}`);
}

/** A value under the name of an output. */
function named(value: string, name: string): NodeProto {
  return create(NodeProtoSchema, { opType: "Identity", name, input: [value], output: [name] });
}

/** Nodes without those whose results nobody takes. */
function live(nodes: readonly NodeProto[]): NodeProto[] {
  const needed = new Set([LOSS, GRADIENT]);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.output.some((name) => needed.has(name))) return false;
    for (const name of usedBy(node)) needed.add(name);
    return true;
  });
  return kept.reverse();
}
