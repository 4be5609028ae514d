import { BioxError } from "../../errors.js";
import { requireGraph } from "../graph-of.js";
import type { Model } from "../model.js";
import type { GraphProto, NodeProto } from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";
import { Constants, type FloatTensor, transposed } from "../quantize/constants.js";
import { extractModel } from "./extract.js";
import { namesOf, shapeOf, typesOf } from "./names.js";

/** A model without its task head. */
export interface SplitProbe {
  /** Ends at `tensor`, [1, tokens, D]. */
  readonly model: Model;
  /** Output of the last block, which the probe's mean over tokens takes. */
  readonly tensor: string;
  /** Row-major [K, D]. */
  readonly weight: FloatTensor;
  /** [K]; zeros where the head has none. */
  readonly bias: FloatTensor;
}

/** More nodes than the longest head that {@link splitProbe} takes has. */
const HEAD_NODES = 16;

/** Operators that leave numbers and their order as they are. */
const SAME_NUMBERS = new Set(["Identity", "Flatten", "Reshape", "Squeeze", "Unsqueeze"]);

/**
 * Takes the task head off a model that ends in a mean over tokens and one linear layer (`Gemm`, or `MatMul` and `Add`).
 *
 * @throws BioxError ONNX_INVALID when the model does not end so: the message names the node that is something else
 */
export function splitProbe(model: Model): SplitProbe {
  const graph = requireGraph(model);
  if (graph.output.length !== 1) throw noProbe(`it has ${graph.output.length} outputs`);
  const walk = new Backwards(graph);
  const linear = takeLinear(walk, graph.output[0]!.name);
  const mean = walk.maker(linear.input, "ReduceMean", "a mean over tokens");
  const tensor = mean.input[0]!;
  const shape = shapeOf(typesOf(graph).get(tensor));
  if (shape?.length !== 3) throw noProbe(`'${tensor}' is not known to be [1, tokens, channels]`);
  if (!isTokenAxis(walk, mean))
    throw noProbe(`'${mean.name}' does not take the mean over axis 1 of [1, tokens, channels]`);
  const [classes, width] = linear.weight.shape as [number, number];
  if (shape[2] !== width) throw noProbe(`its linear layer takes ${width} channels, but '${tensor}' has ${shape[2]}`);
  const bias = linear.bias ?? { shape: [classes], values: new Float32Array(classes) };
  if (bias.values.length !== classes)
    throw noProbe(`its bias has ${bias.values.length} numbers for ${classes} classes`);
  const inputs = [...namesOf(graph).inputs.keys()];
  return {
    model: extractModel(model, { inputs, outputs: [tensor] }),
    tensor,
    weight: linear.weight,
    bias: { shape: [classes], values: bias.values },
  };
}

/** Names of the weights near a model's end, where its task head would be. */
export function headWeights(model: Model): string[] {
  const graph = requireGraph(model);
  const { makers, weights } = namesOf(graph);
  const queue = graph.output.map(({ name }) => name);
  const found = new Set<string>();
  // Breadth first: a head is within a few nodes of the output.
  for (let at = 0, nodes = 0; at < queue.length && nodes < HEAD_NODES; at++) {
    const name = queue[at]!;
    if (weights.has(name)) found.add(name);
    const node = graph.node[makers.get(name) ?? -1];
    if (node === undefined || node.opType === "ReduceMean") continue;
    nodes++;
    queue.push(...node.input);
  }
  return [...found];
}

interface Linear {
  /** [K, D] */
  readonly weight: FloatTensor;
  readonly bias?: FloatTensor;
  readonly input: string;
}

function takeLinear(walk: Backwards, output: string): Linear {
  const last = walk.maker(output, undefined, "a linear layer");
  if (last.opType === "Gemm") {
    for (const name of ["alpha", "beta"]) {
      const factor = last.attribute.find((one) => one.name === name)?.f ?? 1;
      if (factor !== 1) throw noProbe(`'${last.name}' has ${name} ${factor}`);
    }
    if (walk.int(last, "transA")) throw noProbe(`'${last.name}' transposes its input`);
    const given = walk.constant(last.input[1]!, last);
    const weight = walk.int(last, "transB") ? given : transposed(given);
    const bias = last.input[2] ? { bias: walk.constant(last.input[2], last) } : {};
    return { weight, ...bias, input: last.input[0]! };
  }
  if (last.opType === "MatMul")
    return { weight: transposed(walk.constant(last.input[1]!, last)), input: last.input[0]! };
  if (last.opType !== "Add") throw noProbe(`it ends in '${last.name}' (${last.opType})`);
  const at = last.input.findIndex((name) => walk.find(name) !== undefined);
  if (at < 0) throw noProbe(`'${last.name}' (Add) adds no constant`);
  const product = walk.maker(last.input[1 - at]!, "MatMul", "a linear layer");
  const weight = transposed(walk.constant(product.input[1]!, product));
  return { weight, bias: walk.constant(last.input[at]!, last), input: product.input[0]! };
}

/** Whether a ReduceMean goes over the second of three dimensions: `axes` is an attribute up to opset 17, then an input. */
function isTokenAxis(walk: Backwards, { attribute, input }: NodeProto): boolean {
  const axes = attribute.find(({ name }) => name === "axes")?.ints ?? walk.wholes(input[1] ?? "");
  return axes?.length === 1 && (axes[0] === 1n || axes[0] === -2n);
}

/** Walks a graph from its output towards its input. */
class Backwards {
  readonly #constants: Constants;
  readonly #makers = new Map<string, NodeProto>();

  constructor(private readonly graph: GraphProto) {
    this.#constants = new Constants(graph);
    for (const node of graph.node) for (const name of node.output) this.#makers.set(name, node);
  }

  /** The node that gives a value, past operators that change no number. */
  maker(name: string, opType: string | undefined, wanted: string): NodeProto {
    let at = name;
    for (;;) {
      const node = this.#makers.get(at);
      const plain = node && plainDomain(node.domain) === "";
      if (!plain) throw noProbe(`'${at}' does not come from ${wanted}`);
      if (opType === undefined ? !SAME_NUMBERS.has(node.opType) : node.opType === opType) return node;
      if (!SAME_NUMBERS.has(node.opType)) throw noProbe(`'${node.name}' (${node.opType}) is not ${wanted}`);
      at = node.input[0]!;
    }
  }

  find(name: string): FloatTensor | undefined {
    return this.#constants.float(name);
  }

  constant(name: string, node: NodeProto): FloatTensor {
    const found = this.find(name);
    if (found === undefined) throw noProbe(`'${name}' of '${node.name}' (${node.opType}) is no float32 constant`);
    return found;
  }

  int({ attribute }: NodeProto, name: string): boolean {
    return (attribute.find((one) => one.name === name)?.i ?? 0n) !== 0n;
  }

  /** Whole numbers of a constant of type int64. */
  wholes(name: string): readonly bigint[] | undefined {
    const tensor =
      this.graph.initializer.find((one) => one.name === name) ??
      this.#makers.get(name)?.attribute.find((one) => one.name === "value")?.t;
    if (tensor === undefined || tensor.rawData.length % 8 !== 0) return undefined;
    return tensor.rawData.length === 0 ? tensor.int64Data : [...new BigInt64Array(tensor.rawData.slice().buffer)];
  }
}

function noProbe(why: string): BioxError {
  return new BioxError(
    "ONNX_INVALID",
    `The model does not end in a mean over tokens and one linear layer: ${why}.`,
    "Cut without a probe: the task head then stays in the upper half.",
  );
}
