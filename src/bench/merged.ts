import type { Bundle } from "../bundle/index.js";
import { fillShape } from "../engine/input-shape.js";
import {
  attr,
  chainModels,
  constant,
  encodeModel,
  GraphBuilder,
  graphModel,
  int64,
  type Model,
  openInputs,
  opsetOf,
  readModel,
  writeModel,
} from "../onnx/index.js";
import { bridgeGraph, reduceMean } from "./bridge-graph.js";

/**
 * The whole model of a bundle as one ONNX file: lower half, bridge, upper half, probe, softmax. What a user would run who
 * knows of no bridge; here to measure against.
 *
 * Input: the lower half's, under its name. Outputs: `logits` and `probs`, float32 [1, K]. Values of the parts are
 * called `lower/...`, `bridge/...`, `upper/...`.
 *
 * @throws BioxError ONNX_INVALID when a half is no ONNX model, or the opsets of the two have no common meaning
 */
export function mergedModel(bundle: Bundle): Uint8Array {
  const { manifest, shape } = bundle;
  const lower = readModel(bundle.lower, manifest.lower.file);
  const upper = readModel(bundle.upper, manifest.upper.file);
  const opset = Math.max(opsetOf(lower), opsetOf(upper));
  // Halves may have further dimensions or none for the batch: the bridge takes any feature map of as many numbers.
  const features = manifest.lower.layout === "NTC" ? [1, -1, shape.channelsIn] : [1, shape.channelsIn, -1];
  const bridge = graphModel(bridgeOf(bundle, upperInput(bundle, upper), opset), { opset });
  return writeModel(
    chainModels([
      { name: "lower", model: lower, input: manifest.lower.input, output: manifest.lower.output },
      { name: "features", model: reshape(features, opset), input: "x", output: "y" },
      { name: "bridge", model: bridge, input: "features", output: "out" },
      { name: "upper", model: upper, input: manifest.upper.input, output: manifest.upper.output },
      { name: "head", model: head(bundle, opset), input: "x", output: "probs" },
    ]),
  );
}

/**
 * The bridge of a bundle alone as an ONNX file.
 *
 * Input `features` float32 [1, time, C_in] or [1, C_in, time], as `lower.layout` says; output `out` float32 of
 * `bridge.target.shape`.
 */
export function bridgeModel(bundle: Bundle): Uint8Array {
  return encodeModel(bridgeOf(bundle, bundle.manifest.bridge.target.shape));
}

function bridgeOf({ manifest, weights, shape }: Bundle, output: readonly number[], opset?: number): GraphBuilder {
  return bridgeGraph(weights, {
    shape,
    featureLayout: manifest.lower.layout,
    targetLayout: manifest.bridge.target.layout,
    time: "time",
    output,
    ...(opset === undefined ? {} : { opset }),
  });
}

/** The shape that the upper half's input has once its open dimensions are filled in. */
function upperInput({ manifest }: Bundle, upper: Model): readonly number[] {
  const given = manifest.bridge.target.shape;
  const input = openInputs({ model: upper }).find(({ name }) => name === manifest.upper.input);
  const type = input?.type?.value;
  if (type?.case !== "tensorType" || type.value.shape === undefined) return given;
  const declared = type.value.shape.dim.map(({ value }) => (value.case === "dimValue" ? Number(value.value) : -1));
  return fillShape(declared, given) ?? given;
}

function reshape(shape: readonly number[], opset: number): Model {
  const graph = new GraphBuilder("reshape");
  const x = graph.input("x", "float32", shape.map(named));
  graph.initializer("shape", int64(shape));
  graph.output(graph.node("Reshape", [x, "shape"], { outputs: ["y"] }), "float32", shape.map(named));
  return graphModel(graph, { opset });
}

const named = (extent: number): number | string => (extent < 0 ? "time" : extent);

/** The upper half's output to `logits` and `probs`. */
function head({ manifest, probe }: Bundle, opset: number): Model {
  const classes = manifest.labels.length;
  const graph = new GraphBuilder("head");
  const x = graph.input("x", "float32", probe ? ["tokens", probe.width] : [1, classes]);
  if (probe) {
    graph.initializer("tokens", int64([1, -1, probe.width]));
    graph.initializer("weight", constant(probe.weight, [classes, probe.width]));
    graph.initializer("bias", constant(probe.bias, [classes]));
    const tokens = graph.node("Reshape", [x, "tokens"]);
    const mean = reduceMean(graph, tokens, 1, opset);
    const attributes = { transB: attr.int(1) };
    graph.node("Gemm", [mean, "weight", "bias"], { outputs: ["logits"], attributes });
  } else {
    graph.initializer("classes", int64([1, classes]));
    graph.node("Reshape", [x, "classes"], { outputs: ["logits"] });
  }
  graph.node("Softmax", ["logits"], { outputs: ["probs"], attributes: { axis: attr.int(1) } });
  graph.output("logits", "float32", [1, classes]);
  graph.output("probs", "float32", [1, classes]);
  return graphModel(graph, { opset });
}
