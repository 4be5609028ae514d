/** One ONNX file of a whole bundle, against PyTorch's values of the same windows. */

import "../src/engine/no-telemetry.js";
import { loadBundle, readSafetensors } from "biox-edge";
import { mergedModel } from "biox-edge/bench";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { sharedPath } from "./support/shared.js";
import { tensor } from "./support/stages.js";

const bundle = sharedPath("fixture/bundle");
const golden = sharedPath("fixture/golden/golden.safetensors");

it.runIf(bundle && golden)("the merged fixture gives PyTorch's logits and probabilities", async () => {
  const file = readSafetensors(golden!);
  const tokens = tensor(file, "tokens_ppg");
  const [windows, size] = tokens.shape as [number, number];
  const session = await InferenceSession.create(mergedModel(await loadBundle(bundle!)), { logSeverityLevel: 3 });
  for (let n = 0; n < windows; n++) {
    const window = BigInt64Array.from({ length: size }, (_, i) => BigInt(tokens.data[n * size + i]!));
    const results = await session.run({ tokens: new Tensor("int64", window, [1, size]) });
    for (const [name, tolerance] of [
      ["logits", 1e-4],
      ["probs", 1e-5],
    ] as const) {
      const expected = tensor(file, name);
      const actual = results[name]!.data as Float32Array;
      expect(actual).toHaveLength(3);
      for (const [k, value] of actual.entries())
        expect(Math.abs(value - Number(expected.data[n * 3 + k]))).toBeLessThan(tolerance);
    }
  }
  await session.release();
});
