import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { attr, constant, encodeModel, GraphBuilder, int64 } from "./index.js";

const EPSILON = 1e-5;

/** Numbers of a fixed pseudo-random sequence in -1..1, so that every run tests the same model. */
function sequence(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 1073741824 - 1;
  });
}

async function run(model: Uint8Array, feeds: Record<string, Tensor>): Promise<Record<string, Float32Array>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    const results = await session.run(feeds);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]));
  } finally {
    await session.release();
  }
}

function expectClose(actual: Float32Array, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) expect(Math.abs(actual[index]! - value)).toBeLessThan(tolerance);
}

describe("a model made by the graph builder runs in ONNX Runtime", () => {
  it("Conv, Relu, Transpose, LayerNormalization, MatMul and Add agree with plain loops", async () => {
    const [samples, channels, kernel, stride, pad, classes] = [33, 5, 4, 3, 2, 3];
    const time = Math.floor((samples + 2 * pad - kernel) / stride) + 1;
    const weight = sequence(channels * kernel, 1);
    const bias = sequence(channels, 2);
    const scale = sequence(channels, 3);
    const shift = sequence(channels, 4);
    const head = sequence(channels * classes, 5);
    const signal = sequence(samples, 6);

    const graph = new GraphBuilder("net");
    graph.input("signal", "float32", [1, 1, samples]);
    graph.initializer("weight", constant(weight, [channels, 1, kernel]));
    graph.initializer("bias", constant(bias, [channels]));
    graph.initializer("scale", constant(scale, [channels]));
    graph.initializer("shift", constant(shift, [channels]));
    graph.initializer("head", constant(head, [channels, classes]));
    const conv = graph.node("Conv", ["signal", "weight", "bias"], {
      attributes: { strides: attr.ints([stride]), pads: attr.ints([pad, pad]), auto_pad: attr.string("NOTSET") },
    });
    const relu = graph.node("Relu", [conv]);
    const tokens = graph.node("Transpose", [relu], { attributes: { perm: attr.ints([0, 2, 1]) } });
    const normed = graph.node("LayerNormalization", [tokens, "scale", "shift"], {
      attributes: { axis: attr.int(-1), epsilon: attr.float(EPSILON) },
    });
    graph.node("MatMul", [normed, "head"], { outputs: ["logits"] });
    graph.output("logits", "float32", [1, time, classes]);

    const expected: number[] = [];
    for (let t = 0; t < time; t++) {
      const token = Array.from({ length: channels }, (_, c) => {
        let sum = bias[c]!;
        for (let k = 0; k < kernel; k++) sum += (signal[t * stride - pad + k] ?? 0) * weight[c * kernel + k]!;
        return Math.max(0, sum);
      });
      const mean = token.reduce((a, b) => a + b) / channels;
      const variance = token.reduce((a, b) => a + (b - mean) ** 2, 0) / channels;
      const normal = token.map((v, c) => ((v - mean) / Math.sqrt(variance + EPSILON)) * scale[c]! + shift[c]!);
      for (let k = 0; k < classes; k++)
        expected.push(normal.reduce((sum, v, c) => sum + v * head[c * classes + k]!, 0));
    }
    const { logits } = await run(encodeModel(graph), { signal: new Tensor("float32", signal, [1, 1, samples]) });
    expectClose(logits!, expected, 1e-5);
  });

  it("a Loop body takes values from outside and repeats as often as asked", async () => {
    const graph = new GraphBuilder("net");
    graph.input("x", "float32", [2]);
    graph.initializer("trips", int64([7], []));
    graph.initializer("go", constant(Uint8Array.of(1), [], "bool"));
    graph.initializer("step", constant(Float32Array.of(0.5, -1), [2]));
    const body = graph.subgraph("body");
    body.input("i", "int64", []);
    body.input("go_in", "bool", []);
    body.input("state", "float32", [2]);
    body.node("Identity", ["go_in"], { outputs: ["go_out"] });
    body.node("Add", ["state", "step"], { outputs: ["next"] });
    body.output("go_out", "bool", []);
    body.output("next", "float32", [2]);
    graph.node("Loop", ["trips", "go", "x"], { outputs: ["y"], attributes: { body: attr.graph(body) } });
    graph.output("y", "float32", [2]);
    const { y } = await run(encodeModel(graph), { x: new Tensor("float32", Float32Array.of(10, 20), [2]) });
    expect([...y!]).toEqual([13.5, 13]);
  });

  it("tensor, float-list and int attributes and named dimensions arrive", async () => {
    const graph = new GraphBuilder("net");
    graph.input("x", "float32", ["batch", 2]);
    const offset = graph.node("Constant", [], {
      attributes: { value: attr.tensor(constant(Float32Array.of(1, 2), [2])) },
    });
    const factor = graph.node("Constant", [], { attributes: { value_floats: attr.floats([3, -4]) } });
    const sum = graph.node("Add", ["x", offset]);
    const product = graph.node("Mul", [sum, factor]);
    graph.node("Concat", [product, "x"], { outputs: ["y"], attributes: { axis: attr.int(1) } });
    graph.output("y", "float32", ["batch", 4]);
    const x = new Tensor("float32", Float32Array.of(1, 1, 0, 5), [2, 2]);
    const { y } = await run(encodeModel(graph), { x });
    expect([...y!]).toEqual([6, -12, 1, 1, 3, -28, 0, 5]);
  });
});
