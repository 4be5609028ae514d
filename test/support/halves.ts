import "../../src/engine/no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect } from "vitest";
import { product } from "../../src/bench/models/net.js";
import { sequence } from "../../src/bench/synthetic/sequence.js";
import { type CutOptions, cutModel, inferShapes, listCuts, type Model, writeModel } from "../../src/onnx/index.js";

export type Level = "disabled" | "all";
type Tensors = Record<string, Tensor>;

/** Runs a model once, on one thread. */
export async function runModel(model: Model, feeds: Tensors, level: Level = "disabled"): Promise<Tensors> {
  const session = await InferenceSession.create(writeModel(model), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    graphOptimizationLevel: level,
  });
  try {
    return (await session.run(feeds)) as Tensors;
  } finally {
    await session.release();
  }
}

/** Values for every input of a model: whole numbers from 0 to 99, or numbers from -1 to 1; open extents become `open`. */
export async function someFeeds(model: Model, open = 1): Promise<Tensors> {
  const session = await InferenceSession.create(writeModel(model), { logSeverityLevel: 3 });
  const feeds: Tensors = {};
  for (const value of session.inputMetadata) {
    if (!value.isTensor) throw new Error(`${value.name} is no tensor`);
    const shape = value.shape.map((extent) => (typeof extent === "number" && extent >= 0 ? extent : open));
    const numbers = sequence(product(shape), 7);
    feeds[value.name] =
      value.type === "int64"
        ? new Tensor(
            "int64",
            BigInt64Array.from(numbers, (v) => BigInt(Math.round(Math.abs(v) * 99))),
            shape,
          )
        : new Tensor("float32", numbers, shape);
  }
  await session.release();
  return feeds;
}

/** The largest difference between two results relative to the largest number; fails where names or shapes differ. */
export function difference(actual: Tensors, expected: Tensors): number {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  let [most, largest] = [0, Number.MIN_VALUE];
  for (const [name, tensor] of Object.entries(expected)) {
    expect(actual[name]!.dims).toEqual(tensor.dims);
    const [a, b] = [actual[name]!.data as Float32Array, tensor.data as Float32Array];
    for (let i = 0; i < b.length; i++) {
      if (Object.is(a[i], b[i])) continue;
      const delta = Math.abs(a[i]! - b[i]!);
      // A NaN on one side alone is as far off as can be.
      most = Math.max(most, Number.isNaN(delta) ? Number.POSITIVE_INFINITY : delta);
      largest = Math.max(largest, Math.abs(b[i]!));
    }
  }
  return most / largest;
}

/** Runs lower and then upper half at every cut of a model (or each `every`th), and checks that they give what the whole gives. */
export async function expectCutsHold(
  model: Model,
  options: CutOptions & { every?: number; open?: number } = {},
): Promise<number> {
  const whole = await inferShapes(model);
  const feeds = await someFeeds(whole, options.open);
  const cuts = listCuts(whole, options);
  const truth: Partial<Record<Level, Tensors>> = {};
  for (const level of ["disabled", "all"] as const) {
    const results = await runModel(whole, feeds, level);
    truth[level] = options.output === undefined ? results : { [options.output]: results[options.output]! };
  }
  for (const { tensor, index } of cuts) {
    if (index % (options.every ?? 1) !== 0) continue;
    const { lower, upper } = cutModel(whole, tensor, options);
    for (const level of ["disabled", "all"] as const) {
      const own = Object.fromEntries(
        lower.graph!.input.flatMap(({ name }) => (feeds[name] ? [[name, feeds[name]]] : [])),
      );
      const middle = await runModel(lower, own, level);
      expect(Object.keys(middle)).toEqual([tensor]);
      const off = difference(await runModel(upper, middle, level), truth[level]!);
      expect(off, `${tensor}, optimisation ${level}`).toBeLessThanOrEqual(level === "disabled" ? 0 : 1e-5);
    }
  }
  return cuts.length;
}
