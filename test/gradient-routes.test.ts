/** Gradients through the upper halves of the published sizes against PyTorch's autograd: tools/golden/onnx_gradients.py. */

import "../src/engine/no-telemetry.js";
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { upperHalf } from "../src/bench/models/cut.js";
import { product } from "../src/bench/models/net.js";
import { ROUTE_NAMES } from "../src/bench/models/route-names.js";
import { hasProbe } from "../src/bench/models/route-weights.js";
import { ROUTES } from "../src/bench/models/routes.js";
import { gradientModel } from "../src/onnx/gradient/index.js";
import { readModel, writeModel } from "../src/onnx/index.js";

interface Golden {
  readonly output: string;
  readonly loss: number;
  readonly norm: number;
  /** `values` holds every so many number of the gradient. */
  readonly every: number;
  readonly values: readonly number[];
}

const golden: Record<string, Golden> = JSON.parse(
  readFileSync(new URL("golden/gradients.golden.json", import.meta.url), "utf8"),
);

/** As in the script: numbers from -1 to 1 that look random. */
function numbers(seed: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed) * 43758.5453;
    return 2 * (x - Math.floor(x)) - 1;
  });
}

for (const name of ROUTE_NAMES)
  it(`the upper half of ${name}`, async () => {
    const { output, loss, norm, every, values } = golden[name]!;
    const { upper, labels } = ROUTES[name];
    const half = upperHalf(upper.model, upper.l, 1, hasProbe(ROUTES[name]) ? undefined : labels.length);
    const model = gradientModel(readModel(half.onnx), { input: "tokens", output });
    const session = await InferenceSession.create(writeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 3 });
    try {
      const [from, to] = [upper.model.shape(upper.l - 1), upper.model.shape(upper.model.blocks - 1)];
      const result = await session.run({
        tokens: new Tensor("float32", numbers(1, product(from)), from),
        target: new Tensor("float32", numbers(2, product(to)), to),
      });
      const gradient = result.gradient!.data as Float32Array;
      expect(result.gradient!.dims).toEqual(from);
      expect(Math.abs((result.loss!.data as Float32Array)[0]! - loss)).toBeLessThan(1e-5);
      expect(Math.hypot(...chunks(gradient)) / norm).toBeCloseTo(1, 4);
      const errors = values.map((value, i) => gradient[i * every]! - value);
      expect(Math.hypot(...errors) / Math.hypot(...values)).toBeLessThan(1e-3);
    } finally {
      await session.release();
    }
  });

/** Lengths of parts: an argument list cannot hold a whole gradient. */
function chunks(values: Float32Array): number[] {
  return Array.from({ length: Math.ceil(values.length / 1000) }, (_, i) =>
    Math.hypot(...values.subarray(i * 1000, i * 1000 + 1000)),
  );
}
