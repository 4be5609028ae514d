import { describe, expect, it } from "vitest";
import { BioxError } from "../errors.js";
import { Bridge } from "./bridge.js";
import { randomFloats, randomWeights } from "./fixtures/routes.js";
import { LinearProbe, poolMean, softmax } from "./probe.js";
import type { BridgeSpec, BridgeWeights } from "./shape.js";

const spec: BridgeSpec = {
  channelsIn: 4,
  rank: 2,
  prototypes: 3,
  tokens: 5,
  width: 6,
  featureLayout: "NTC",
  targetLayout: "tokens-first",
};
const weights = randomWeights(spec, 1);
const floats = (length: number) => new Float32Array(length);

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(BioxError);
    expect((error as BioxError).code).toBe("INVALID_ARGUMENT");
    return (error as BioxError).message;
  }
  return "nothing was thrown";
}

/** A value of the wrong type, as a caller without types could pass it. */
const wrong = <T>(value: unknown) => value as T;

describe("Bridge refuses, in one sentence,", () => {
  const construct = (w: Partial<BridgeWeights>, s: Partial<BridgeSpec>) => () =>
    new Bridge({ ...weights, ...w }, { ...spec, ...s });
  const damaged = weights.B.slice();
  damaged[17] = Number.NaN;

  it.each([
    ["a rank of 0", construct({}, { rank: 0 }), "Expected rank to be a whole number of at least 1, but received 0."],
    [
      "half a token",
      construct({}, { tokens: 1.5 }),
      "Expected tokens to be a whole number of at least 1, but received 1.5.",
    ],
    [
      "a width of NaN",
      construct({}, { width: Number.NaN }),
      "Expected width to be a whole number of at least 1, but received NaN.",
    ],
    [
      "a size as text",
      construct({}, { prototypes: wrong("3") }),
      "Expected prototypes to be a whole number of at least 1, but received '3'.",
    ],
    [
      "an unknown feature layout",
      construct({}, { featureLayout: wrong("NHWC") }),
      "Expected featureLayout to be 'NTC' or 'NCT', but received 'NHWC'.",
    ],
    [
      "an unknown target layout",
      construct({}, { targetLayout: wrong("tokens") }),
      "Expected targetLayout to be 'tokens-first', 'channels-first', 'raw', but received 'tokens'.",
    ],
    [
      "an unknown plan",
      construct({}, { plan: wrong("fast") }),
      "Expected plan to be 'factored', 'folded', 'auto', but received 'fast'.",
    ],
    [
      "weights of another length",
      construct({ A: floats(7) }, {}),
      "Expected A to be [rank 2, channelsIn 4], 8 numbers, but received Float32Array(7).",
    ],
    [
      "weights of another type",
      construct({ prototypes: wrong(new Float64Array(18)) }, {}),
      "Expected prototypes to be a Float32Array, but received Float64Array(18).",
    ],
    [
      "weights that are not finite",
      construct({ B: damaged }, {}),
      "Expected B to hold finite numbers, but received NaN at index 17.",
    ],
    [
      "no weights",
      () => new Bridge(wrong(null), spec),
      "Expected weights to be an object with A, B and prototypes, but received null.",
    ],
    [
      "no spec",
      () => new Bridge(weights, wrong(undefined)),
      "Expected spec to be an object with the bridge's sizes, but received undefined.",
    ],
    [
      "a target that is not here",
      () => new Bridge(weights, spec, { simd: wrong("sve") }),
      /^Expected simd to be one of the targets available here \(.*scalar\), but received 'sve'\.$/,
    ],
  ])("%s", (_, action, message) => {
    expect(messageOf(action)).toMatch(message);
  });

  const bridge = new Bridge(weights, spec);
  const memory = floats(64);
  it.each([
    [
      "an output that is too long",
      () => bridge.run(floats(8), floats(31)),
      "Expected out to be [windows, tokens, width] in either order, 30 numbers, but received Float32Array(31).",
    ],
    [
      "features that are no whole number of steps",
      () => bridge.run(floats(9), floats(30)),
      "Expected features to be 1 x 4 channels x one or more steps of time, but received Float32Array(9).",
    ],
    [
      "no features",
      () => bridge.run(floats(0), floats(30)),
      "Expected features to be 1 x 4 channels x one or more steps of time, but received Float32Array(0).",
    ],
    [
      "a plain array",
      () => bridge.run(wrong([1, 2, 3, 4]), floats(30)),
      "Expected features to be a Float32Array, but received [1,2,3,4].",
    ],
    [
      "no windows",
      () => bridge.run(floats(8), floats(30), 0),
      "Expected windows to be a whole number of at least 1, but received 0.",
    ],
    [
      "an output inside the features",
      () => bridge.run(memory.subarray(0, 16), memory.subarray(15, 45)),
      "Expected features and out to be different memory, but they overlap.",
    ],
    [
      "pooled features of another length",
      () => bridge.project(floats(5), floats(2)),
      "Expected pooled to be [windows, channelsIn], 4 numbers, but received Float32Array(5).",
    ],
    [
      "a hidden vector of another length",
      () => bridge.expandMix(floats(3), floats(30)),
      "Expected hidden to be [windows, rank], 2 numbers, but received Float32Array(3).",
    ],
    [
      "a pool of another length",
      () => bridge.pool(floats(8), floats(3)),
      "Expected pooled to be [windows, channelsIn], 4 numbers, but received Float32Array(3).",
    ],
  ])("%s", (_, action, message) => {
    expect(messageOf(action)).toBe(message);
  });

  it("and works with neighbours in the same memory", () => {
    memory.set(randomFloats(16, 3));
    bridge.run(memory.subarray(0, 16), memory.subarray(16, 46));
    expect(memory.subarray(16, 46).some((value) => value !== 0)).toBe(true);
  });
});

describe("the probe refuses, in one sentence,", () => {
  const probe = new LinearProbe(floats(6), floats(2));
  it.each([
    [
      "weights that do not divide among the classes",
      () => new LinearProbe(floats(7), floats(2)),
      "Expected weight to be [K, D] for the K = 2 classes of bias, 8 numbers, but received Float32Array(7).",
    ],
    [
      "no classes",
      () => new LinearProbe(floats(7), floats(0)),
      "Expected the length of bias to be a whole number of at least 1, but received 0.",
    ],
    [
      "features of another length",
      () => probe.run(floats(4), floats(2)),
      "Expected pooled to be [windows, D], 3 numbers, but received Float32Array(4).",
    ],
    [
      "logits that are no whole number of rows",
      () => softmax(floats(5), floats(5), 2),
      "Expected logits.length / classes to be a whole number of at least 1, but received 2.5.",
    ],
    [
      "tokens that do not divide among the channels",
      () => poolMean(floats(7), floats(2), 2, "NTC"),
      "Expected features to be 1 x 2 channels x one or more steps of time, but received Float32Array(7).",
    ],
    [
      "an unknown layout",
      () => poolMean(floats(6), floats(2), 2, wrong("CNT")),
      "Expected layout to be 'NTC' or 'NCT', but received 'CNT'.",
    ],
  ])("%s", (_, action, message) => {
    expect(messageOf(action)).toBe(message);
  });
});
