import { describe, expect, it } from "vitest";
import { randomFloats, relativeError } from "./fixtures/routes.js";
import { LinearProbe, poolMean, softmax } from "./probe.js";
import { linearReference, poolMeanReference, softmaxReference } from "./reference.js";
import { simd } from "./simd.js";

describe.each(simd().available)("target %s", (target) => {
  it("computes logits of every width from 1 to 67 and of the published models", () => {
    for (const width of [...Array.from({ length: 67 }, (_, i) => i + 1), 512, 768]) {
      const classes = 1 + (width % 5);
      const windows = 1 + (width % 3);
      const weight = randomFloats(classes * width, width, 1);
      const bias = randomFloats(classes, width + 1, 3);
      const pooled = randomFloats(windows * width, width + 2, 2);
      const expected = linearReference(weight, pooled, classes, width, windows).map((y, i) => y + bias[i % classes]!);
      const logits = new Float32Array(windows * classes + 1).subarray(1);
      new LinearProbe(weight, bias, { simd: target }).run(pooled, logits, windows);
      expect(relativeError(logits, expected), `width ${width}`).toBeLessThanOrEqual(1e-5);
    }
  });

  it.each(["NTC", "NCT"] as const)("pools %s over odd sizes", (layout) => {
    for (let time = 1; time <= 67; time++) {
      const channels = 1 + ((time * 13) % 67);
      const features = randomFloats(2 * time * channels, time, time % 4);
      const pooled = new Float32Array(2 * channels);
      poolMean(features, pooled, channels, layout, 2, { simd: target });
      const expected = poolMeanReference(features, channels, layout, 2);
      expect(relativeError(pooled, expected), `time ${time}`).toBeLessThanOrEqual(1e-5);
    }
  });

  // Each channel on its own: a rounding error that grows with T would show here first.
  it.each(["NTC", "NCT"] as const)("keeps the mean of a long window in %s", (layout) => {
    const [time, channels] = [7500, 300];
    const features = randomFloats(time * channels, 1).map((x) => 1000 + x);
    const pooled = new Float32Array(channels);
    poolMean(features, pooled, channels, layout, 1, { simd: target });
    const expected = poolMeanReference(features, channels, layout, 1);
    const errors = expected.map((mean, c) => Math.abs(pooled[c]! - mean) / mean);
    expect(Math.max(...errors)).toBeLessThanOrEqual(1e-5);
  });
});

describe("softmax", () => {
  it("agrees with the reference and may write over its input", () => {
    for (const classes of [1, 2, 3, 7]) {
      const logits = randomFloats(4 * classes, classes).map((x) => 50 * x);
      const probs = new Float32Array(logits.length);
      softmax(logits, probs, classes);
      expect(relativeError(probs, softmaxReference(logits, classes))).toBeLessThanOrEqual(1e-6);
      softmax(logits, logits, classes);
      expect(logits).toEqual(probs);
    }
  });

  it("makes a row with NaN NaN, and that row only", () => {
    const probs = new Float32Array(4);
    softmax(Float32Array.of(Number.NaN, 1, 0, 0), probs, 2);
    expect([...probs]).toEqual([Number.NaN, Number.NaN, 0.5, 0.5]);
  });
});
