import { describe, expect, it } from "vitest";
import { bridgeReference, poolMeanReference, softmaxReference } from "./reference.js";
import type { BridgeSpec } from "./shape.js";

// C_in 2, r 1, P 2, T 3, C_out 2, worked out by hand.
const spec: BridgeSpec = {
  channelsIn: 2,
  rank: 1,
  prototypes: 2,
  tokens: 3,
  width: 2,
  featureLayout: "NTC",
  targetLayout: "channels-first",
};
const weights = {
  A: Float32Array.of(1, 10),
  B: Float32Array.of(1, 2, 3, 4, 5, 6), // row p * T + t
  prototypes: Float32Array.of(1, 0, 1, 100), // [C_out, P]
};
const ntc = Float32Array.of(1, 10, 3, 30); // two steps of two channels: means 2 and 20

describe("the float64 reference", () => {
  it("follows a bridge worked out by hand", () => {
    const { pooled, hidden, out } = bridgeReference(weights, spec, ntc);
    expect([...pooled]).toEqual([2, 20]);
    expect([...hidden]).toEqual([202]);
    // Row 0 is prototype weights p = 0, row 1 adds 100 times those of p = 1.
    expect([...out].map((z) => z / 202)).toEqual([1, 2, 3, 401, 502, 603]);
  });

  it("transposes for tokens-first and leaves the memory alone for raw", () => {
    const tokensFirst = bridgeReference(weights, { ...spec, targetLayout: "tokens-first" }, ntc).out;
    expect([...tokensFirst].map((z) => z / 202)).toEqual([1, 401, 2, 502, 3, 603]);
    const raw = bridgeReference(weights, { ...spec, targetLayout: "raw" }, ntc).out;
    expect([...raw].map((z) => z / 202)).toEqual([1, 2, 3, 401, 502, 603]);
  });

  it("pools both layouts, window by window", () => {
    expect([...poolMeanReference(Float32Array.of(1, 3, 10, 30), 2, "NCT", 1)]).toEqual([2, 20]);
    expect([...poolMeanReference(Float32Array.of(1, 3, 10, 30), 1, "NCT", 2)]).toEqual([2, 20]);
  });

  it("has probabilities that sum to 1 for large logits", () => {
    const probs = softmaxReference(Float32Array.of(1000, 1000 + Math.log(3)), 2);
    expect(probs[0]).toBeCloseTo(0.25, 4);
    expect(probs[0]! + probs[1]!).toBeCloseTo(1, 12);
  });
});
