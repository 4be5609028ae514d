import "../../src/engine/no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { product } from "../../src/bench/models/net.js";

/** A result of a graph. */
export interface Result {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Runs a graph of one float32 input once, on one thread, and gives every output by name. */
export async function runOnnx(
  onnx: Uint8Array,
  input: Float32Array,
  shape: readonly number[],
  graphOptimizationLevel: "disabled" | "all" = "all",
): Promise<Record<string, Result>> {
  const session = await InferenceSession.create(onnx, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    graphOptimizationLevel,
  });
  try {
    const feeds = { [session.inputNames[0]!]: new Tensor("float32", input.subarray(0, product(shape)), shape) };
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [name, { data: data as Float32Array, shape: dims }]),
    );
  } finally {
    await session.release();
  }
}
