/** The gradient through a real upper half against the fixture's, which PyTorch computed in float64. */

import "../src/engine/no-telemetry.js";
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../src/bundle/index.js";
import { gradientModel } from "../src/onnx/gradient/index.js";
import { cutModel, type Model, openModel, readModel, writeModel } from "../src/onnx/index.js";
import { bridgeBackward, bridgeForward } from "./support/bridge-chain.js";
import { sharedPath } from "./support/shared.js";

const path = sharedPath("fixture/align/gradients.safetensors");
const features = sharedPath("fixture/models/upper_features.onnx");

const SHAPE = { channelsIn: 64, rank: 8, count: 50, tokens: 500, width: 64 };
const WINDOWS = 4;
const NUMBERS = SHAPE.tokens * SHAPE.width;

/** Names of the input and of the last block. */
type Ends = readonly [input: string, output: string];

/** |a - b| / |b|, lengths of vectors. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [error, length] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    error += (a[i]! - b[i]!) ** 2;
    length += b[i]! ** 2;
  }
  // At the start B is 0, and so are the gradients of A and the prototypes.
  return length === 0 ? Math.sqrt(error) : Math.sqrt(error / length);
}

describe.runIf(path && features)("the fixture's gradients", () => {
  const file = path ? readSafetensors(path) : undefined;
  const numbers = (name: string) => file!.tensors.get(name)!.data as Float32Array | Float64Array;

  async function check(upper: Model, [input, output]: Ends, start: string): Promise<void> {
    const gradient = writeModel(gradientModel(upper, { input, output }));
    const session = await InferenceSession.create(gradient, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    const weights = {
      A: numbers(`${start}.A`),
      B: numbers(`${start}.B`),
      prototypes: numbers(`${start}.prototypes`),
    };
    const sums = {
      A: new Float64Array(weights.A.length),
      B: new Float64Array(weights.B.length),
      prototypes: new Float64Array(weights.prototypes.length),
    };
    let loss = 0;
    const shape = [1, SHAPE.tokens, SHAPE.width];
    for (let n = 0; n < WINDOWS; n++) {
      const x = numbers("x").subarray(n * SHAPE.channelsIn, (n + 1) * SHAPE.channelsIn);
      const chain = bridgeForward(weights, SHAPE, x);
      const target = Float32Array.from(numbers("target_last").subarray(n * NUMBERS, (n + 1) * NUMBERS));
      const result = await session.run({
        [input]: new Tensor("float32", Float32Array.from(chain.z), shape),
        target: new Tensor("float32", target, shape),
      });
      loss += (result.loss!.data[0] as number) / WINDOWS;
      const g = Float64Array.from(result.gradient!.data as Float32Array, (value) => value / WINDOWS);
      bridgeBackward(weights, SHAPE, x, chain, g, sums);
    }
    await session.release();
    expect(loss).toBeCloseTo(numbers(`${start}.last.loss`)[0]!, 5);
    for (const name of ["A", "B", "prototypes"] as const)
      expect(relativeError(sums[name], numbers(`${start}.last.d${name}`)), name).toBeLessThan(1e-3);
  }

  for (const start of ["trained", "init"]) {
    it(`agree within 1e-3 (${start} weights)`, () =>
      check(readModel(readFileSync(features!)), ["hidden", "last_block"], start));
  }

  const whole = { "ecg_full.onnx": ["h_6", "h_8"], "ecg_full_dynamo.onnx": ["add_18", "add_24"] } as const;
  for (const [name, ends] of Object.entries(whole))
    it(`agree within 1e-3 behind a cut of ${name}`, async () => {
      const { model } = await openModel(sharedPath(`fixture/models/${name}`)!);
      await check(cutModel(model, ends[0]).upper, ends, "trained");
    });
});
