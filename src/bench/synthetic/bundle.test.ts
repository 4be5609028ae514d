import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bundle, loadBundle } from "../../bundle/index.js";
import { buildTinyBundle, type TinyBundleOptions } from "./bundle.js";
import { TINY } from "./halves.js";
import { sequence } from "./sequence.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biox-tiny-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SIGNAL = sequence(200, 99);

/** One run of a half, and the milliseconds of a processor that the fastest of `runs` took. */
async function runHalf(
  model: Uint8Array,
  name: string,
  output: string,
  input: Float32Array,
  shape: readonly number[],
  runs = 1,
) {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  let result: Tensor | undefined;
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    result = (await session.run({ [name]: new Tensor("float32", input, shape) }))[output];
    const { user, system } = process.cpuUsage(before);
    fastest = Math.min(fastest, (user + system) / 1000);
  }
  await session.release();
  return { data: result!.data as Float32Array, dims: result!.dims, ms: fastest };
}

/** Z [C_out, T] = prototypes * reshape(B * (A * x), [P, T]) by plain loops, as [width][tokens]. */
function bridge({ weights, shape }: Bundle, x: readonly number[]): number[][] {
  const { channelsIn, rank, prototypes, tokens, width } = shape;
  const h = Array.from({ length: rank }, (_, k) => x.reduce((s, v, c) => s + weights.A[k * channelsIn + c]! * v, 0));
  const w = (p: number, t: number) => h.reduce((s, v, k) => s + weights.B[(p * tokens + t) * rank + k]! * v, 0);
  return Array.from({ length: width }, (_, c) =>
    Array.from({ length: tokens }, (_, t) => {
      let sum = 0;
      for (let p = 0; p < prototypes; p++) sum += weights.prototypes[c * prototypes + p]! * w(p, t);
      return sum;
    }),
  );
}

/** The whole chain without the preparation: logits of one signal. */
async function logits(options: TinyBundleOptions): Promise<number[]> {
  await buildTinyBundle(folder, options);
  const bundle = await loadBundle(folder);
  const { lower, upper, bridge: place } = bundle.manifest;
  const features = await runHalf(bundle.lower, lower.input, lower.output, SIGNAL, [1, 1, 200]);
  const time = features.data.length / TINY.channelsIn;
  expect(features.dims).toEqual(lower.layout === "NTC" ? [1, time, TINY.channelsIn] : [1, TINY.channelsIn, time]);
  const x = Array.from({ length: TINY.channelsIn }, (_, c) => {
    let sum = 0;
    for (let t = 0; t < time; t++)
      sum += features.data[lower.layout === "NTC" ? t * TINY.channelsIn + c : c * time + t]!;
    return sum / time;
  });
  const z = bridge(bundle, x);
  const flat = place.target.layout === "tokens-first" ? z[0]!.flatMap((_, t) => z.map((row) => row[t]!)) : z.flat();
  const end = await runHalf(bundle.upper, upper.input, upper.output, Float32Array.from(flat), place.target.shape);
  if (bundle.probe === null) return [...end.data];
  const { weight, bias, width } = bundle.probe;
  return [...bias].map((b, k) => {
    let sum = b;
    for (const [i, v] of end.data.entries()) sum += (v * weight[k * width + (i % width)]!) / TINY.tokens;
    return sum;
  });
}

describe("the tiny bundle", () => {
  it("gives the same logits whatever its layouts are", async () => {
    const expected = await logits({});
    expect(expected).toHaveLength(3);
    expect(new Set(expected).size).toBe(3);
    for (const options of [{ layout: "NCT" }, { targetLayout: "channels-first" }, { slowMs: 5 }] as const)
      for (const [k, value] of (await logits(options)).entries()) expect(value).toBeCloseTo(expected[k]!, 4);
    expect((await logits({ targetLayout: "raw" }))[0]).not.toBeCloseTo(expected[0]!, 2);
    expect((await logits({ seed: 2 }))[0]).not.toBeCloseTo(expected[0]!, 2);
  });

  it("ends at the last block when it has a probe", async () => {
    const values = await logits({ probe: true, labels: ["a", "b"] });
    expect(values).toHaveLength(2);
    for (const value of values) expect(Number.isFinite(value)).toBe(true);
  });

  it("takes about as long as asked", async () => {
    const { upper } = await buildTinyBundle(folder, { slowMs: 100 });
    const bundle = await loadBundle(folder);
    const { shape } = bundle.manifest.bridge.target;
    const { ms } = await runHalf(bundle.upper, upper.input, upper.output, sequence(120, 5), shape, 3);
    // A wide range: others may share caches and the units of a core during the calibration or the run.
    expect(ms).toBeGreaterThan(40);
    expect(ms).toBeLessThan(300);
  });
});
