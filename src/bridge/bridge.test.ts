import { describe, expect, it } from "vitest";
import { Bridge } from "./bridge.js";
import { ROUTES, type Route, randomFloats, randomWeights, relativeError } from "./fixtures/routes.js";
import { PRECISIONS } from "./precision.js";
import { bridgeReference } from "./reference.js";
import type { BridgeSpec, FeatureLayout, TargetLayout } from "./shape.js";
import { simd } from "./simd.js";

const TOLERANCE = 1e-5;
const PLANS = ["factored", "folded"] as const;
const FEATURE_LAYOUTS: FeatureLayout[] = ["NTC", "NCT"];
const TARGET_LAYOUTS: TargetLayout[] = ["tokens-first", "channels-first", "raw"];
const { available } = simd();
/** Bounds of the error on routes and on a small bridge, and of what is left of float32's bytes. */
const REDUCED = [
  { precision: "float16", within: 1e-3, small: 2e-3, folded: 0.51, factored: 0.82 },
  { precision: "int8", within: 2e-2, small: 3e-2, folded: 0.33, factored: 0.75 },
] as const;
const SMALL_ROUTE: Route = {
  name: "small",
  shape: { channelsIn: 37, rank: 5, prototypes: 11, tokens: 13, width: 29 },
  featureLayout: "NCT",
  targetLayout: "tokens-first",
  time: 3,
};

describe.each(available)("target %s", (target) => {
  it.each(ROUTES)("computes $name as the reference does, with both plans", ({ shape, time, ...layouts }) => {
    const weights = randomWeights(shape, 1);
    const features = randomFloats(shape.channelsIn * time, 5);
    const expected = bridgeReference(weights, { ...shape, ...layouts }, features).out;
    const out = new Float32Array(expected.length);
    for (const plan of PLANS) {
      new Bridge(weights, { ...shape, ...layouts, plan }, { simd: target }).run(features, out);
      expect(relativeError(out, expected), plan).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it("computes sizes 1 to 67 in every layout, from arrays that start anywhere, several windows at once", () => {
    for (let size = 1; size <= 67; size++) {
      const shape = {
        channelsIn: 1 + ((size * 7) % 67),
        rank: 1 + ((size * 3) % 11),
        prototypes: 1 + ((size * 5) % 29),
        tokens: size,
        width: 1 + ((size * 31) % 67),
      };
      const time = 1 + ((size * 11) % 67);
      const windows = 1 + (size % 3);
      const skew = size % 4;
      const weights = randomWeights(shape, size, skew);
      const features = randomFloats(windows * time * shape.channelsIn, size + 9, skew);
      const out = randomFloats(windows * size * shape.width, 0, skew + 1);
      for (const featureLayout of FEATURE_LAYOUTS) {
        for (const targetLayout of TARGET_LAYOUTS) {
          const spec: BridgeSpec = { ...shape, featureLayout, targetLayout };
          const expected = bridgeReference(weights, spec, features, windows).out;
          for (const plan of PLANS) {
            out.fill(Number.NaN);
            new Bridge(weights, { ...spec, plan }, { simd: target }).run(features, out, windows);
            const error = relativeError(out, expected);
            expect(error, `${size} ${featureLayout} ${targetLayout} ${plan}`).toBeLessThanOrEqual(TOLERANCE);
          }
        }
      }
    }
  });

  it("gives the same bits twice, wherever the arrays start, and step by step", () => {
    const { shape, time, featureLayout, targetLayout } = ROUTES[0]!;
    const weights = randomWeights(shape, 3);
    const features = randomFloats(shape.channelsIn * time * 2, 4);
    const shifted = randomFloats(features.length, 4, 3);
    const size = 2 * shape.tokens * shape.width;
    for (const plan of PLANS) {
      const bridge = new Bridge(weights, { ...shape, featureLayout, targetLayout, plan }, { simd: target });
      const first = new Float32Array(size);
      const second = new Float32Array(size + 1).subarray(1);
      const stepwise = new Float32Array(size);
      bridge.run(features, first, 2);
      bridge.run(shifted, second, 2);
      const pooled = new Float32Array(2 * shape.channelsIn);
      const hidden = new Float32Array(2 * shape.rank);
      bridge.pool(features, pooled, 2);
      bridge.project(pooled, hidden, 2);
      bridge.expandMix(hidden, stepwise, 2);
      expect(Buffer.compare(bytes(first), bytes(second))).toBe(0);
      expect(Buffer.compare(bytes(first), bytes(stepwise))).toBe(0);
    }
  });

  it.each(ROUTES.flatMap((route) => REDUCED.map((reduced) => ({ ...reduced, ...route }))))(
    "computes $name with $precision weights within $within, and measures its error",
    ({ precision, within, folded, factored, shape, time, ...layouts }) => {
      const weights = randomWeights(shape, 1);
      const features = randomFloats(shape.channelsIn * time, 5);
      const expected = bridgeReference(weights, { ...shape, ...layouts }, features).out;
      const out = new Float32Array(expected.length);
      for (const plan of PLANS) {
        const bridge = new Bridge(weights, { ...shape, ...layouts, plan, precision }, { simd: target });
        bridge.run(features, out);
        const error = relativeError(out, expected);
        const info = bridge.info();
        expect(info.precision).toBe(precision);
        expect(error, plan).toBeLessThan(within);
        // Not float32 in disguise: the error is there, and of the size that the bridge has reported.
        expect(error / info.precisionError, plan).toBeGreaterThan(0.1);
        expect(error / info.precisionError, plan).toBeLessThan(10);
        const exact = new Bridge(weights, { ...shape, ...layouts, plan }, { simd: target }).info();
        expect(exact).toMatchObject({ precision: "float32", precisionError: 0 });
        expect(info.weightBytes / exact.weightBytes).toBeLessThan(plan === "folded" ? folded : factored);
      }
    },
  );

  it.each(REDUCED)("keeps $precision weights of any size within their precision", ({ precision, small }) => {
    const shape = { channelsIn: 5, rank: 3, prototypes: 4, tokens: 6, width: 7 };
    const spec: BridgeSpec = { ...shape, featureLayout: "NTC", targetLayout: "raw" };
    const features = randomFloats(50, 2);
    for (const scale of [1e-12, 1e-6, 1e6, 1e12]) {
      const weights = randomWeights(shape, 1);
      // All of B, or every k by another factor, as a training run may share size between A and B.
      for (let i = 0; i < weights.B.length; i++) weights.B[i]! *= i % shape.rank === 1 ? 1 / scale : scale;
      for (let i = 0; i < weights.A.length; i++)
        weights.A[i]! *= Math.floor(i / shape.channelsIn) === 1 ? scale : 1 / scale;
      const expected = bridgeReference(weights, spec, features).out;
      const out = new Float32Array(expected.length);
      for (const plan of PLANS) {
        new Bridge(weights, { ...spec, plan, precision }, { simd: target }).run(features, out);
        expect(relativeError(out, expected), `${scale} ${plan}`).toBeLessThan(small);
      }
    }
  });

  it.each(PRECISIONS)("gives 1 to 9 windows of %s weights in one run the bits that each gets alone", (precision) => {
    for (const { shape, featureLayout, targetLayout } of [SMALL_ROUTE, ROUTES[1]!]) {
      const weights = randomWeights(shape, 6);
      const time = 3;
      const features = randomFloats(9 * time * shape.channelsIn, 7);
      const size = shape.tokens * shape.width;
      for (const plan of PLANS) {
        const spec = { ...shape, featureLayout, targetLayout, plan, precision };
        const bridge = new Bridge(weights, spec, { simd: target });
        const alone = new Float32Array(9 * size);
        for (let n = 0; n < 9; n++)
          bridge.run(
            features.subarray(n * time * shape.channelsIn, (n + 1) * time * shape.channelsIn),
            alone.subarray(n * size, (n + 1) * size),
          );
        for (let windows = 1; windows <= 9; windows++) {
          const together = new Float32Array(windows * size);
          bridge.run(features.subarray(0, windows * time * shape.channelsIn), together, windows);
          const same = Buffer.compare(bytes(together), bytes(alone.subarray(0, windows * size)));
          expect(same, `${windows} windows, ${plan}`).toBe(0);
        }
      }
    }
  });

  it("writes nothing outside its output", () => {
    const shape = { channelsIn: 3, rank: 2, prototypes: 5, tokens: 7, width: 9 };
    for (const plan of PLANS) {
      const memory = new Float32Array(16 + 63 + 16).fill(7);
      const spec: BridgeSpec = { ...shape, featureLayout: "NTC", targetLayout: "tokens-first", plan };
      new Bridge(randomWeights(shape, 1), spec, { simd: target }).run(randomFloats(30, 2), memory.subarray(16, 79));
      expect([...memory.subarray(0, 16), ...memory.subarray(79)].every((value) => value === 7)).toBe(true);
      expect(memory.subarray(16, 79).includes(7)).toBe(false);
    }
  });
});

function bytes(array: Float32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

describe("Bridge", () => {
  it("reads features from shared memory", () => {
    const shape = { channelsIn: 4, rank: 2, prototypes: 3, tokens: 2, width: 2 };
    const spec: BridgeSpec = { ...shape, featureLayout: "NTC", targetLayout: "tokens-first" };
    const bridge = new Bridge(randomWeights(shape, 1), spec);
    const features = randomFloats(20, 2);
    const shared = new Float32Array(new SharedArrayBuffer(80));
    shared.set(features);
    const expected = new Float32Array(4);
    const out = new Float32Array(4);
    bridge.run(features, expected);
    bridge.run(shared, out);
    expect(out).toEqual(expected);
  });

  it("passes a feature that is not finite on to every output", () => {
    const shape = { channelsIn: 4, rank: 2, prototypes: 3, tokens: 2, width: 2 };
    const features = randomFloats(20, 2);
    features[7] = Number.NaN;
    for (const plan of PLANS)
      for (const precision of PRECISIONS) {
        const out = new Float32Array(4);
        const spec: BridgeSpec = { ...shape, featureLayout: "NCT", targetLayout: "raw", plan, precision };
        new Bridge(randomWeights(shape, 1), spec).run(features, out);
        expect(out.every(Number.isNaN), `${plan} ${precision}`).toBe(true);
      }
  });

  it("refuses a batch and caches that make no sense", () => {
    const shape = { channelsIn: 1, rank: 1, prototypes: 1, tokens: 1, width: 1 };
    const spec: BridgeSpec = { ...shape, featureLayout: "NTC", targetLayout: "raw" };
    const make = (options: object) => () => new Bridge(randomWeights(shape, 1), spec, options);
    expect(make({ batch: 0 })).toThrow("Expected batch to be a whole number of at least 1");
    expect(make({ caches: { l1d: 0, l2: -1, l3: 0 } })).toThrow("Expected caches.l2 to be a number of bytes from 0");
    expect(make({ caches: { l1d: 0, l2: 1 } })).toThrow("caches.l3");
    expect(make({ caches: 5 })).toThrow("Expected caches to be an object");
  });

  it("says which plan it uses and why", () => {
    const plans = ROUTES.map(({ name, shape, featureLayout, targetLayout }) => {
      const { plan, reason } = new Bridge(randomWeights(shape, 1), { ...shape, featureLayout, targetLayout }).info();
      expect(reason).toMatch(
        /^faster for this shape, float32, batch 1, L2 .* MB, L3 .*: factored .* MB and .* M multiply-adds, folded /,
      );
      return `${name} ${plan}`;
    });
    // The routes on which the plans differ so much that no machine of this class would choose otherwise.
    expect(plans).toEqual(expect.arrayContaining(["ecg2ppg folded", "eeg2ecg folded"]));

    // 41 MB of folded weights: from memory each time, or from a cache that holds them.
    const emg = ROUTES[4]!;
    const choose = (batch: number, l3: number) =>
      new Bridge(
        randomWeights(emg.shape, 1),
        { ...emg.shape, featureLayout: "NTC", targetLayout: "tokens-first" },
        {
          batch,
          caches: { l1d: 1 << 15, l2: 1 << 20, l3 },
          simd: available[0]!,
        },
      ).info();
    expect(choose(8, 1 << 26)).toMatchObject({ plan: "folded", batch: 8, caches: { l2: 1 << 20, l3: 1 << 26 } });
    if (available[0] === "avx512") expect(choose(1, 0).plan).toBe("factored");
    expect(choose(1, 0).reason).toContain("float32, batch 1, L2 1.0 MB, L3 none");

    const { shape } = ROUTES[0]!;
    const spec: BridgeSpec = { ...shape, featureLayout: "NCT", targetLayout: "tokens-first", plan: "factored" };
    const info = new Bridge(randomWeights(shape, 1), spec).info();
    expect(info).toMatchObject({ ...shape, plan: "factored", targetLayout: "tokens-first", simd: simd().active });
    expect(info.reason).toMatch(/^asked for: factored 0\.87 MB and 7\.25 M multiply-adds/);
    expect(info.multiplyAdds).toBe(8 * 64 + 150 * 93 * 8 + 512 * 150 * 93);
    // The authors' 188,912 parameters, plus padding.
    expect(info.weightBytes).toBeGreaterThanOrEqual(188_912 * 4);
    expect(info.weightBytes).toBeLessThan(188_912 * 4 * 1.1);
  });
});
