import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadBundle } from "../../bundle/index.js";
import { infer } from "../../engine/infer.js";
import { compilePreparation, parseSteps } from "../../prepare/index.js";
import { buildRoute, GENERATOR_VERSION } from "./build-route.js";
import { fillUniform } from "./random.js";
import { cachedRoute, routeCacheFolder } from "./route-cache.js";
import { ROUTE_NAMES, type RouteName } from "./route-names.js";
import { channelsOf } from "./route-weights.js";
import { ROUTES } from "./routes.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biox-routes-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Sizes that the authors trained: C_in, C_out, T, and the parameters of the bridge. */
const TRAINED: Record<RouteName, [number, number, number, number]> = {
  "wesad-ecg2ppg": [64, 512, 93, 188_912],
  "wesad-ppg2ecg": [512, 128, 235, 398_784],
  "isruc-eeg2ecg": [512, 200, 181, 1_813_984],
  "fog-eeg2emg": [768, 200, 19, 1_209_408],
  "fog-emg2eeg": [200, 768, 1680, 712_000],
};

describe.each(ROUTE_NAMES)("route %s", (name) => {
  const { lower, upper, rank, prototypes, worn, window, prepare } = ROUTES[name];

  it("has a bridge of the size that was trained", () => {
    const [channelsIn, width] = [channelsOf(lower.model, lower.m), channelsOf(upper.model, upper.l - 1)];
    const tokens = upper.model.shape(upper.l - 1).reduce((a, b) => a * b, 1) / width;
    const parameters = rank * channelsIn + prototypes * tokens * rank + width * prototypes;
    expect([channelsIn, width, tokens, parameters]).toEqual(TRAINED[name]);
  });

  it("prepares windows of the shape that its lower half takes, at its own rate and at others", () => {
    for (const rate of [worn.rate, 100, 250]) {
      const samples = window.seconds * rate;
      const { output } = compilePreparation(parseSteps(prepare), { channels: worn.channels.length, samples, rate });
      expect([...output.shape].filter((n) => n > 1)).toEqual(lower.model.input.filter((n) => n > 1));
      expect(output.dtype).toBe("float32");
    }
  });
});

/** Routes whose halves are small enough to be built in every test run. */
const SMALL: RouteName[] = ["wesad-ecg2ppg", "wesad-ppg2ecg", "isruc-eeg2ecg"];

describe.each(SMALL)("the bundle of %s", (name) => {
  it("loads, and answers windows with probabilities that depend on the window", async () => {
    const path = join(folder, "deep", "bundle");
    await buildRoute(name, path);
    const bundle = await loadBundle(path);
    const [channelsIn, width, tokens] = TRAINED[name];
    expect(bundle.shape).toMatchObject({ channelsIn, width, tokens });
    const { samples, rate } = bundle.input;
    const wave = (hz: number) =>
      Float32Array.from({ length: samples }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));
    const noise = fillUniform(new Float32Array(samples), 3, 1);
    const data = Float32Array.from([...wave(1.2), ...noise]);
    const signal = { dtype: "F32" as const, shape: [2, 1, samples], data };
    const { tensors } = await infer(bundle, { tensors: new Map([["signal", signal]]), metadata: {} });
    const { shape, data: probs } = tensors.probs;
    const classes = ROUTES[name].labels.length;
    expect(shape).toEqual([2, classes]);
    expect(probs.subarray(0, classes).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(Math.abs(probs[0]! - probs[classes]!)).toBeGreaterThan(1e-6);
    expect(readdirSync(join(folder, "deep"))).toEqual(["bundle"]);
  });
});

describe("buildRoute", () => {
  it("gives the same bytes for the same seed and generator, here and everywhere", async () => {
    const digests: string[] = [];
    for (const name of ["wesad-ppg2ecg", "isruc-eeg2ecg"] as const) {
      await buildRoute(name, join(folder, name), { seed: 4294967295 });
      const { files, provenance } = (await loadBundle(join(folder, name))).manifest;
      digests.push(...Object.entries(files).map(([file, { sha256 }]) => `${file} ${sha256.slice(0, 16)}`));
      expect(provenance).toMatchObject({ seed: 4294967295, generator: GENERATOR_VERSION });
    }
    // When these change, raise GENERATOR_VERSION: caches hold what an older generator made.
    expect([GENERATOR_VERSION, ...digests]).toEqual([
      1,
      "lower.onnx 0b62fdbc13a84cff",
      "bridge.safetensors 6fbc009f9b1be8b2",
      "upper.onnx 564b69d150e434c1",
      "lower.onnx c47766a15a0e8733",
      "bridge.safetensors c20f0f044826b699",
      "upper.onnx 91678001693cd04c",
      "probe.safetensors 8e3255934a7d8d0d",
    ]);
  });

  it("refuses an unknown route, a bad seed and a folder that holds something", async () => {
    await expect(buildRoute("wesad" as RouteName, join(folder, "a"))).rejects.toThrow(
      "Expected route to be one of wesad-ecg2ppg",
    );
    await expect(buildRoute("wesad-ecg2ppg", join(folder, "a"), { seed: 1.5 })).rejects.toThrow("Expected seed to be");
    mkdirSync(join(folder, "taken"));
    writeFileSync(join(folder, "taken", "mine.txt"), "mine");
    for (const taken of ["taken", "taken/mine.txt"])
      await expect(buildRoute("wesad-ecg2ppg", join(folder, taken))).rejects.toMatchObject({
        code: "FILE_UNWRITABLE",
        message: expect.stringContaining("it exists already"),
      });
    await expect(buildRoute("wesad-ecg2ppg", join(folder, "taken/mine.txt/deep"))).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
    });
    expect(readdirSync(folder)).toEqual(["taken"]);
  });
});

describe("the cache of routes", () => {
  it("lies where XDG says, apart for each route and seed", () => {
    vi.stubEnv("XDG_CACHE_HOME", folder);
    const path = routeCacheFolder("wesad-ecg2ppg");
    expect(path).toMatch(/biox-edge\/routes\/wesad-ecg2ppg-[0-9a-f]{12}$/);
    expect(path.startsWith(folder)).toBe(true);
    expect(routeCacheFolder("wesad-ecg2ppg", { seed: 2 })).not.toBe(path);
    for (const unset of ["", "relative"]) {
      vi.stubEnv("XDG_CACHE_HOME", unset);
      expect(routeCacheFolder("wesad-ecg2ppg")).toContain(join(homedir(), ".cache", "biox-edge"));
    }
  });

  it("makes a bundle once, also when two ask at the same time", async () => {
    vi.stubEnv("XDG_CACHE_HOME", folder);
    const [path, same] = await Promise.all([cachedRoute("wesad-ecg2ppg"), cachedRoute("wesad-ecg2ppg")]);
    expect(same).toBe(path);
    const made = (await stat(join(path, "bundle.json"))).mtimeMs;
    expect(await cachedRoute("wesad-ecg2ppg")).toBe(path);
    expect((await stat(join(path, "bundle.json"))).mtimeMs).toBe(made);
    expect(readdirSync(join(path, ".."))).toHaveLength(1);
    expect(existsSync(join(path, "upper.onnx"))).toBe(true);
  });
});
