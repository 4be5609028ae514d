import { describe, expect, it } from "vitest";
import { randomFloats, randomWeights } from "./fixtures/routes.js";
import { BridgeGradient, type BridgeGradientSpec } from "./gradient.js";
import { bridgeGradientReference } from "./gradient-reference.js";
import { arrangeReference, linearReference, mixReference } from "./reference.js";
import { simd } from "./simd.js";

const NAMES = ["A", "B", "prototypes"] as const;
const SPEC: BridgeGradientSpec = {
  channelsIn: 7,
  rank: 3,
  prototypes: 5,
  tokens: 6,
  width: 4,
  targetLayout: "tokens-first",
};

/** Norm of the difference relative to that of `expected`. */
function distance(found: Float32Array | Float64Array, expected: Float64Array): number {
  let difference = 0;
  let norm = 0;
  for (const [i, value] of expected.entries()) {
    difference += (found[i]! - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(difference / norm);
}

function forwardReference(
  weights: Record<(typeof NAMES)[number], Float64Array>,
  spec: BridgeGradientSpec,
  x: Float64Array,
): Float64Array {
  const { channelsIn, rank, prototypes, tokens, targetLayout } = spec;
  const windows = x.length / channelsIn;
  const hidden = linearReference(weights.A, x, rank, channelsIn, windows);
  const w = linearReference(weights.B, hidden, prototypes * tokens, rank, windows);
  const full = { ...spec, featureLayout: "NTC" as const };
  return arrangeReference(mixReference(weights.prototypes, w, full, windows), full, targetLayout, windows);
}

it.each(["tokens-first", "channels-first"] as const)(
  "the reference agrees with finite differences, %s",
  (targetLayout) => {
    const spec = { ...SPEC, targetLayout };
    const float32 = randomWeights(spec, 3);
    const weights = {
      A: Float64Array.from(float32.A),
      B: Float64Array.from(float32.B),
      prototypes: Float64Array.from(float32.prototypes),
    };
    const x = Float64Array.from(randomFloats(2 * spec.channelsIn, 4));
    const target = Float64Array.from(randomFloats(2 * spec.tokens * spec.width, 5));
    // Half the squared distance to a target: its gradient by the output is the difference.
    const loss = () => forwardReference(weights, spec, x).reduce((sum, z, i) => sum + (z - target[i]!) ** 2 / 2, 0);
    const dOut = forwardReference(weights, spec, x).map((z, i) => z - target[i]!);
    const gradients = bridgeGradientReference(weights, spec, x, dOut);
    for (const name of NAMES) {
      const differences = weights[name].map((value, i) => {
        const step = 1e-5;
        weights[name][i] = value + step;
        const above = loss();
        weights[name][i] = value - step;
        const below = loss();
        weights[name][i] = value;
        return (above - below) / (2 * step);
      });
      expect(distance(differences, gradients[name]), name).toBeLessThan(1e-8);
    }
  },
);

describe.each(simd().available)("target %s", (simdTarget) => {
  it.each([
    SPEC,
    { ...SPEC, targetLayout: "raw" as const, tokens: 67, width: 33 },
    { channelsIn: 64, rank: 8, prototypes: 50, tokens: 500, width: 64, targetLayout: "tokens-first" as const },
    { channelsIn: 200, rank: 8, prototypes: 50, tokens: 235, width: 128, targetLayout: "channels-first" as const },
    { channelsIn: 1, rank: 1, prototypes: 1, tokens: 1, width: 1, targetLayout: "tokens-first" as const },
  ])("gradients of $tokens x $width tokens agree with the reference", (spec) => {
    const windows = 3;
    const weights = randomWeights(spec, 1);
    const x = randomFloats(windows * spec.channelsIn, 2);
    const dOut = randomFloats(windows * spec.tokens * spec.width, 3);
    const expected = bridgeGradientReference(weights, spec, x, dOut);
    const out = new Float32Array(dOut.length);
    const gradients = {
      A: new Float32Array(weights.A.length).fill(9),
      B: new Float32Array(weights.B.length).fill(9),
      prototypes: new Float32Array(weights.prototypes.length).fill(9),
    };
    const native = new BridgeGradient(spec, windows + 1, { simd: simdTarget });
    native.forward(weights, x, out, windows);
    native.backward(weights, x, dOut, gradients);
    const wide = {
      A: Float64Array.from(weights.A),
      B: Float64Array.from(weights.B),
      prototypes: Float64Array.from(weights.prototypes),
    };
    expect(distance(out, forwardReference(wide, spec, Float64Array.from(x)))).toBeLessThan(1e-6);
    for (const name of NAMES) expect(distance(gradients[name], expected[name]), name).toBeLessThan(5e-6);
    const again = structuredClone(gradients);
    native.backward(weights, x, dOut, gradients);
    expect(gradients).toEqual(again);
  });
});

it("refuses what does not fit", () => {
  const gradient = new BridgeGradient(SPEC, 2);
  const weights = randomWeights(SPEC, 1);
  const x = new Float32Array(7);
  const out = new Float32Array(24);
  expect(() => gradient.backward(weights, x, out, structuredClone(weights))).toThrow(/after forward/);
  expect(() => gradient.forward(weights, x, out, 3)).toThrow(/windows to be at most 2/);
  expect(() => gradient.forward(weights, new Float32Array(8), out, 1)).toThrow(/x to be \[windows, channelsIn\]/);
  gradient.forward(weights, x, out, 1);
  expect(() => gradient.backward(weights, x, new Float32Array(25), structuredClone(weights))).toThrow(/dOut/);
  expect(() => gradient.backward(weights, x, out, weights)).toThrow(/different memory/);
  expect(() => new BridgeGradient({ ...SPEC, rank: 0 }, 1)).toThrow(/rank/);
});
