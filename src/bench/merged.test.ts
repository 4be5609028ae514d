import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Bundle, loadBundle, readSafetensors, writeSafetensors } from "../bundle/index.js";
import { infer } from "../engine/infer.js";
import { attr, encodeModel, GraphBuilder } from "../onnx/index.js";
import { bridgeModel, mergedModel } from "./merged.js";
import { buildRoute } from "./models/build-route.js";
import { buildTinyBundle, type TinyBundleOptions } from "./synthetic/bundle.js";
import { TINY } from "./synthetic/halves.js";
import { sequence } from "./synthetic/sequence.js";

const OPTIONS = { intraOpNumThreads: 1, logSeverityLevel: 3 } as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biox-merged-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Largest difference between the merged model's results and those of the parts, for prepared windows of noise. */
async function worstDifference(bundle: Bundle, windows = 3): Promise<number> {
  const size = bundle.prepared.shape.reduce((a, b) => a * b, 1);
  const data = sequence(windows * size, 7);
  const file = readSafetensors(writeSafetensors({ input: { shape: [windows, size], data } }), "windows");
  const { tensors } = await infer(bundle, file, { input: "prepared" });
  const session = await InferenceSession.create(mergedModel(bundle), OPTIONS);
  const input = bundle.manifest.lower.input;
  expect(session.inputNames).toEqual([input]);
  expect(session.outputNames).toEqual(["logits", "probs"]);
  const classes = bundle.manifest.labels.length;
  let worst = 0;
  for (let n = 0; n < windows; n++) {
    const shape = [1, ...bundle.prepared.shape];
    const results = await session.run({
      [input]: new Tensor("float32", data.subarray(n * size, (n + 1) * size), shape),
    });
    for (const name of ["logits", "probs"] as const) {
      expect(results[name]!.dims).toEqual([1, classes]);
      for (let k = 0; k < classes; k++) {
        const there = (results[name]!.data as Float32Array)[k]!;
        worst = Math.max(worst, Math.abs(there - tensors[name].data[n * classes + k]!));
      }
    }
  }
  await session.release();
  return worst;
}

const TINIES: TinyBundleOptions[] = [
  { layout: "NTC", targetLayout: "tokens-first" },
  { layout: "NCT", targetLayout: "channels-first" },
  { layout: "NCT", targetLayout: "raw", probe: true },
  { layout: "NTC", targetLayout: "tokens-first", probe: true, labels: ["a", "b"], channels: ["red", "infrared"] },
];

it.each(TINIES)("the merged model of %o gives what the parts give", async (options) => {
  await buildTinyBundle(folder, options);
  expect(await worstDifference(await loadBundle(folder))).toBeLessThan(1e-5);
});

it("the merged model of a route of the published sizes gives what the parts give", async () => {
  const path = join(folder, "route");
  await buildRoute("wesad-ecg2ppg", path);
  expect(await worstDifference(await loadBundle(path), 1)).toBeLessThan(1e-5);
});

it("an upper half of a newer opset gets a bridge and head of its own opset", async () => {
  await buildTinyBundle(folder, { probe: true });
  const bundle = await loadBundle(folder);
  const { tokens, width } = TINY;
  const graph = new GraphBuilder("newer");
  graph.input("tokens", "float32", ["batch", "tokens", width]);
  graph.node("Gelu", ["tokens"], { outputs: ["last_block"], attributes: { approximate: attr.string("none") } });
  graph.output("last_block", "float32", ["batch", tokens, width]);
  expect(await worstDifference({ ...bundle, upper: encodeModel(graph, { opset: 20 }) })).toBeLessThan(1e-5);
});

it.each(TINIES)("the bridge alone of %o gives what the native bridge gives", async (options) => {
  await buildTinyBundle(folder, options);
  const bundle = await loadBundle(folder);
  const window = {
    shape: [1, ...bundle.prepared.shape],
    data: sequence(
      bundle.prepared.shape.reduce((a, b) => a * b),
      3,
    ),
  };
  const file = readSafetensors(writeSafetensors({ input: window }), "windows");
  const { tensors } = await infer(bundle, file, { input: "prepared" });
  const lower = await InferenceSession.create(bundle.lower, OPTIONS);
  const { features } = await lower.run({ signal: new Tensor("float32", window.data, window.shape) });
  const bridge = await InferenceSession.create(bridgeModel(bundle), OPTIONS);
  const { out } = await bridge.run({ features: features! });
  expect(out!.dims).toEqual(bundle.manifest.bridge.target.shape);
  const native = tensors.bridged.data;
  expect(out!.data).toHaveLength(native.length);
  for (const [i, value] of (out!.data as Float32Array).entries())
    expect(Math.abs(value - native[i]!)).toBeLessThan(1e-5);
  await lower.release();
  await bridge.release();
});
