import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadBundle } from "../../bundle/index.js";
import { Half } from "../../engine/half.js";
import * as rewrite from "../../onnx/optimise/rewrite.js";
import { buildTinyBundle } from "../synthetic/bundle.js";
import { chooseHalf } from "./half.js";
import { noiseWindows } from "./noise-windows.js";

vi.mock("../../onnx/optimise/rewrite.js", { spy: true });

const ANY_GAIN = { minGain: 0, threads: 1 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biox-choose-half-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function tiny(name: string, options = {}) {
  await buildTinyBundle(join(folder, name), options);
  return loadBundle(join(folder, name));
}

it("keeps the old graph where the new one would give other numbers", async () => {
  const [bundle, other] = [await tiny("one"), await tiny("other", { seed: 9 })];
  vi.mocked(rewrite.optimiseOnnx).mockReturnValueOnce({ onnx: other.lower, operators: 1 });
  const { outcome, onnx, maxRelError } = await chooseHalf("lower", bundle, ANY_GAIN);
  expect(outcome).toBe("different");
  expect(maxRelError).toBeGreaterThan(1e-2);
  expect(onnx).toBe(bundle.lower);
});

it("keeps the old graph where the new one is slower", async () => {
  const [quick, slow] = [await tiny("quick"), await tiny("slow", { slowMs: 20 })];
  vi.mocked(rewrite.optimiseOnnx).mockReturnValueOnce({ onnx: slow.upper, operators: 1 });
  const { outcome, onnx, ms } = await chooseHalf("upper", quick, { minGain: 1.02, threads: 1 });
  expect(outcome).toBe("slow");
  expect(ms!.ratio).toBeLessThan(0.5);
  expect(onnx).toBe(quick.upper);
});

it("takes a graph for several windows at once, which then is one still", async () => {
  const bundle = await tiny("batch", { openBatch: true });
  const { outcome, onnx } = await chooseHalf("lower", bundle, ANY_GAIN);
  expect(outcome).toBe("rewritten");
  const half = await Half.create(onnx, { role: "lower", ...bundle.manifest.lower, ...bundle.prepared }, 1, 3);
  expect(half.joint).toBe(true);
  await half.release();
});

it("makes noise of a model's type and shape, the same each time", async () => {
  const bundle = await tiny("noise");
  const { shape, data } = noiseWindows(bundle, 3).tensors.get("input")!;
  expect(shape).toEqual([3, ...bundle.prepared.shape]);
  expect(new Set<unknown>(data as Float32Array).size).toBeGreaterThan(data.length / 2);
  expect(noiseWindows(bundle, 3).tensors.get("input")!.data).toEqual(data);
  const tokens = { ...bundle, prepared: { dtype: "int64" as const, shape: [7] } };
  expect([...noiseWindows(tokens, 2).tensors.get("input")!.data]).toEqual(Array(14).fill(0));
});
