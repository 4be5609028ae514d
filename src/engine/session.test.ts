import { expect, it } from "vitest";
import { constant, encodeModel, GraphBuilder } from "../onnx/index.js";
import { Half } from "./half.js";

const [TOKENS, WIDTH] = [9, 64];
const EPSILON = 1e-5;

/** y = LayerNormalization(x + relu(x)): what ONNX Runtime makes one operator of, unless told not to. */
function residual(): Promise<Half> {
  const graph = new GraphBuilder("half");
  const shape = [1, TOKENS, WIDTH];
  graph.input("x", "float32", shape);
  graph.initializer("scale", constant(new Float32Array(WIDTH).fill(1), [WIDTH]));
  graph.initializer("bias", constant(new Float32Array(WIDTH), [WIDTH]));
  const sum = graph.node("Add", ["x", graph.node("Relu", ["x"])]);
  graph.node("LayerNormalization", [sum, "scale", "bias"], { outputs: ["y"] });
  graph.output("y", "float32", shape);
  const spec = { role: "lower", file: "half.onnx", input: "x", output: "y", dtype: "float32", shape } as const;
  return Half.create(encodeModel(graph), spec, 1);
}

/** The same in float64. */
function normalized(x: Float32Array): number[] {
  const out: number[] = [];
  for (let token = 0; token < TOKENS; token++) {
    const row = Array.from(x.subarray(token * WIDTH, (token + 1) * WIDTH), (value) => value + Math.max(value, 0));
    const mean = row.reduce((sum, value) => sum + value, 0) / WIDTH;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / WIDTH;
    out.push(...row.map((value) => (value - mean) / Math.sqrt(variance + EPSILON)));
  }
  return out;
}

// The merged operator takes the variance from sums of squares, which at this offset leaves an error of 2e-4.
it("sums that are normalized keep their precision far from zero", async () => {
  const half = await residual();
  const input = half.input.all as Float32Array;
  input.set(Float32Array.from(input, (_, i) => 1000 + Math.sin(i * i)));
  await half.run();
  const expected = normalized(input);
  const error = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - half.output.all[i]!)), 0);
  expect(error).toBeLessThan(5e-5);
  await half.release();
});
