import { create } from "@bufbuild/protobuf";
import type { Model } from "./model.js";
import { GraphProtoSchema, ModelProtoSchema, type ValueInfoProto } from "./onnx-ml_pb.js";
import { commonOpsets } from "./opset.js";
import { invalid } from "./read.js";
import { renameFunctions, renameValues } from "./rename.js";

/** One of the models that become links of a chain. */
export interface Stage {
  /** Goes before the names of its values, as in `lower/tokens`: a plain word, another one for each stage. */
  readonly name: string;
  readonly model: Model;
  /** Its only input without a value of its own. */
  readonly input: string;
  /** The output that goes on to the next stage; of the last stage all are kept. */
  readonly output: string;
}

/**
 * Joins models into one, in which each stage's output is the next one's input.
 *
 * The first input and the last stage's outputs keep their names. Weights, bodies, functions and further domains are
 * carried over; opsets are brought to the highest where no operator changed its meaning. Shapes are not checked:
 * neighbours must fit. The stages' models are used up: their parts go over into the new one.
 *
 * @throws BioxError ONNX_INVALID when a stage has no such input or output or needs a further input, or opsets do not agree
 */
export function chainModels(stages: readonly Stage[]): Model {
  for (const stage of stages) requireEnds(stage);
  const graph = create(GraphProtoSchema, { name: stages.map(({ name }) => name).join("_") });
  const joined = create(ModelProtoSchema, {
    irVersion: stages.map(({ model }) => model.irVersion).reduce((a, b) => (a > b ? a : b)),
    producerName: "biox-edge",
    graph,
    opsetImport: commonOpsets(stages),
    functions: stages.flatMap(({ name, model }) => {
      renameFunctions(model, `${name}_`);
      return model.functions;
    }),
  });
  const last = stages.at(-1)!;
  const outputs = new Set(last.model.graph!.output.map(({ name }) => name));
  let link = stages[0]!.input;
  for (const stage of stages) {
    const from = link;
    const rename = (name: string): string =>
      name === stage.input ? from : stage === last && outputs.has(name) ? name : `${stage.name}/${name}`;
    const part = stage.model.graph!;
    const input = openInputs(stage)[0]!;
    renameValues(part, rename);
    graph.node.push(...part.node);
    graph.initializer.push(...part.initializer);
    graph.sparseInitializer.push(...part.sparseInitializer);
    if (stage === stages[0]) graph.input = [input];
    if (stage === last) graph.output = part.output;
    link = rename(stage.output);
  }
  requireDistinct(joined);
  return joined;
}

/** Inputs that need a value: before IR version 4 initializers were listed among the inputs, too. */
export function openInputs({ model }: Pick<Stage, "model">): ValueInfoProto[] {
  const given = new Set(model.graph!.initializer.map(({ name }) => name));
  return model.graph!.input.filter(({ name }) => !given.has(name));
}

function requireEnds(stage: Stage): void {
  const { name, model, input, output } = stage;
  const open = openInputs(stage).map((value) => value.name);
  if (open.length !== 1 || open[0] !== input)
    throw invalid(`Model '${name}' was to have one input '${input}', but has ${open.join(", ") || "none"}`);
  const outputs = model.graph!.output.map((value) => value.name);
  if (!outputs.includes(output))
    throw invalid(`Model '${name}' has no output '${output}'; it has ${outputs.join(", ")}`);
}

/** The names that are kept could clash with one another or, by chance, with a prefixed one. */
function requireDistinct(model: Model): void {
  const { input, initializer, node } = model.graph!;
  const names = [...input, ...initializer].map(({ name }) => name);
  for (const { output } of node) names.push(...output.filter((name) => name !== ""));
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw invalid(`The joined model would have two values of the name '${name}'`);
    seen.add(name);
  }
}
