/** The embedded demo: against PyTorch's values for it, and on the emulator that `npm start` shows. */

import { fileURLToPath } from "node:url";
import {
  type Bundle,
  infer,
  loadBundle,
  type Prediction,
  readSafetensors,
  type Safetensors,
  writeSafetensors,
} from "biox-edge";
import { beforeAll, describe, expect, it } from "vitest";
import { biox } from "./support/biox.js";
import { expectStage, STAGES, tensor } from "./support/stages.js";

const path = fileURLToPath(new URL("../bundles/demo", import.meta.url));
const goldenPath = new URL("golden/demo-golden.safetensors", import.meta.url);

describe("demo bundle", () => {
  let bundle: Bundle;
  let golden: Safetensors;
  beforeAll(async () => {
    bundle = await loadBundle(path);
    golden = readSafetensors(goldenPath);
  });

  it("is small enough for a repository", () => {
    const bytes = Object.values(bundle.manifest.files).reduce((sum, file) => sum + file.bytes, 0);
    expect(bytes).toBeLessThanOrEqual(3 * 2 ** 20);
  });

  it.each(["raw", "prepared"] as const)(
    "agrees with SciPy and PyTorch at every stage, from %s windows",
    async (input) => {
      const { tensors } = await infer(bundle, golden, { input });
      for (const stage of STAGES) expectStage(stage, tensors[stage], tensor(golden, stage));
    },
  );

  it.each([
    [72, 0],
    [110, 1],
    [150, 2],
  ])("sees that %i bpm is zone %i", async (hr, zone) => {
    const { lines } = await biox(["run", path, "--from", `sim:?hr=${hr}&duration=30&speed=10&seed=11`, "--json"]);
    const predictions = lines.filter((l): l is Prediction => l.type === "prediction");
    expect(predictions.length + lines.at(-1).skippedHops).toBe(21);
    expect(predictions.filter((p) => p.index !== zone).length).toBeLessThanOrEqual(2);
  });
});

it("gives the same answer for a pulse on a large offset at another rate", async () => {
  const bundle = await loadBundle(path);
  const probs = async (rate: number): Promise<number[]> => {
    const pulse = (t: number): number => 3000 * Math.max(0, Math.sin(2 * Math.PI * 1.2 * t)) ** 3;
    const signal = Float64Array.from({ length: rate * 10 }, (_, i) => 1e6 + pulse(i / rate));
    const file = writeSafetensors({ signal: { shape: [1, 1, rate * 10], data: signal } }, { rate: String(rate) });
    return Array.from((await infer(bundle, readSafetensors(file))).tensors.probs.data);
  };
  const [own, other] = [await probs(100), await probs(125)];
  own.forEach((p, k) => {
    expect(Math.abs(p - other[k]!)).toBeLessThan(0.05);
  });
});
