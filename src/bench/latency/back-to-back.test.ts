/** Contenders of a tiny bundle, some of them broken on purpose. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expectRefusal } from "../../../test/support/failure.js";
import { type Bundle, loadBundle } from "../../bundle/index.js";
import { prepareFor } from "../../engine/preparation.js";
import { buildTinyBundle, type TinyBundleOptions } from "../synthetic/bundle.js";
import { backToBack } from "./back-to-back.js";
import { bioxContender } from "./biox-contender.js";
import { type ModelContender, outputDifference } from "./contender.js";
import { graphContenders } from "./graph-contenders.js";
import { Phase } from "./phase.js";
import { rawWindows } from "./signal.js";

const folder = mkdtempSync(join(tmpdir(), "biox-contenders-"));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
async function tiny(options: TinyBundleOptions = {}): Promise<Bundle> {
  const path = join(folder, String(made++));
  await buildTinyBundle(path, { rate: 50, seconds: 2, ...options });
  return loadBundle(path);
}

async function setup(bundle: Bundle) {
  const { channels, samples, rate } = bundle.input;
  const { preparation } = prepareFor(bundle, rate);
  const biox = await bioxContender(bundle, 1, "float32");
  const { contenders, missing } = await graphContenders(bundle, preparation.createOutput(), 1);
  const raw = rawWindows(4, channels, samples, rate);
  const run = (others: readonly ModelContender[], tolerance = 1e-4) =>
    backToBack(biox, others, preparation, raw, tolerance, () => {
      return new Phase("x", { seconds: 0.5, signal: undefined, onProgress: undefined });
    });
  return { biox, contenders, missing, run };
}

describe("back to back", () => {
  it.each([
    ["NTC", "tokens-first", false],
    ["NCT", "channels-first", true],
    ["NTC", "raw", true],
  ] as const)("all contenders give the same answers (%s, %s, probe %s)", async (layout, targetLayout, probe) => {
    const bundle = await tiny({ layout, targetLayout, probe, channels: ["ppg", "acc"] });
    const { biox, contenders, missing, run } = await setup(bundle);
    expect({ names: contenders.map(({ name }) => name), missing }).toEqual({
      names: ["merged", "threeSessions"],
      missing: {},
    });
    const result = await run(contenders);
    expect(result.outputMaxAbsDiff).toBeLessThan(1e-5);
    expect(result.windows).toBeGreaterThan(0);
    expect([...result.contenders.keys()]).toEqual(["biox", "merged", "threeSessions"]);
    for (const series of result.contenders.values()) expect(series.count).toBe(result.windows);
    const { stages } = result.stages;
    const parts = (["prepare", "lower", "bridge", "upper", "probe"] as const).map(
      (name) => stages[name].summary().mean,
    );
    // What lies between the stages is small against them.
    expect(parts.reduce((a, b) => a + b)).toBeLessThanOrEqual(stages.total.summary().mean * 1.001);
    expect(parts.reduce((a, b) => a + b)).toBeGreaterThan(stages.total.summary().mean * 0.5);
    // Every answer is of the window at hand, not of one before.
    expect(outputDifference(biox, contenders[0]!)).toBeLessThan(1e-5);
  });

  it("refuses to time a contender that gives another answer", async () => {
    const { contenders, run } = await setup(await tiny());
    const wrong: ModelContender = { ...contenders[0]!, probs: contenders[0]!.probs.slice() };
    wrong.run = async () => {
      await contenders[0]!.run();
      wrong.probs.set(contenders[0]!.probs);
      wrong.probs[1]! += 2e-4;
    };
    await expectRefusal(() => run([wrong]), "ENGINE_FAILED", "merged", "0.0002", "0.0001");
    const undefinedAnswer: ModelContender = { ...wrong, run: async () => void wrong.probs.fill(Number.NaN) };
    await expectRefusal(() => run([undefinedAnswer]), "ENGINE_FAILED", "Infinity");
  });

  it("sees a difference of logits where one class is certain", async () => {
    const like = (logits: number[], probs: number[]) =>
      ({ logits: Float32Array.from(logits), probs: Float32Array.from(probs) }) as unknown as ModelContender;
    expect(outputDifference(like([100, 0], [1, 0]), like([110, 0], [1, 0]))).toBeCloseTo(0.1, 6);
    expect(outputDifference(like([0.1, 0], [0.5, 0.5]), like([0.1, 0.001], [0.5, 0.5]))).toBeCloseTo(0.001, 6);
  });
});
