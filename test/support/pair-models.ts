/** Two small models with blocks, and pairs of windows for them. */

import { sequence } from "../../src/bench/synthetic/sequence.js";
import type { TensorToWrite } from "../../src/bundle/index.js";
import { attr, constant, encodeModel, GraphBuilder } from "../../src/onnx/index.js";

export const BLOCKS = 3;
export const CHANNELS = 4;
export const WIDTH = 6;
export const SAMPLES = 24;
export const TOKENS = 10;
const LEVELS = 20;
/** Enough for a table of which readers think it worth leaving in a file of its own. */
const TABLE = 200;

/** A convolutional model: `signal` [1, 1, 24] -> blocks of [1, 4, 24], named block_0 ... -> `features`. */
export function newModel(): Uint8Array {
  const graph = new GraphBuilder("fresh");
  const conv = (from: string, name: string, channelsIn: number): string => {
    const weight = sequence(CHANNELS * channelsIn * 3, name.length + name.charCodeAt(name.length - 1), 0.8);
    const W = graph.initializer(`${name}.weight`, constant(weight, [CHANNELS, channelsIn, 3]));
    return graph.node("Conv", [from, W], { attributes: { pads: attr.ints([1, 1]) }, outputs: [`${name}/conv`] });
  };
  let at = conv(graph.input("signal", "float32", [1, 1, SAMPLES]), "stem", 1);
  for (let k = 0; k < BLOCKS; k++) {
    const inner = graph.node("Tanh", [conv(at, `blocks.${k}`, CHANNELS)], { outputs: [`blocks.${k}/tanh`] });
    at = graph.node("Add", [at, inner], { outputs: [`block_${k}`] });
  }
  graph.output(graph.node("Sigmoid", [at], { outputs: ["features"] }), "float32", [1, CHANNELS, SAMPLES]);
  return encodeModel(graph);
}

/**
 * A model of tokens: `tokens` int64 [1, 10] -> blocks of [1, 10, 6], which take embedded, entered_1, ... -> `last`, and with a head the
 * mean over tokens and one layer: `logits` [1, 2].
 */
export function oldModel(head = true): Uint8Array {
  const graph = new GraphBuilder("known");
  const weights = (name: string, shape: readonly number[], seed: number): string =>
    graph.initializer(
      name,
      constant(
        sequence(
          shape.reduce((a, b) => a * b, 1),
          seed,
          0.7,
        ),
        shape,
      ),
    );
  const tokens = graph.input("tokens", "int64", [1, TOKENS]);
  let at = graph.node("Gather", [weights("embedding", [TABLE, WIDTH], 3), tokens], { outputs: ["embedded"] });
  for (let k = 0; k < BLOCKS; k++) {
    const W = weights(`blocks.${k}.weight`, [WIDTH, WIDTH], 10 + k);
    const mixed = graph.node("MatMul", [at, W], { outputs: [`blocks.${k}/mix`] });
    const inner = graph.node("Tanh", [mixed], { outputs: [`blocks.${k}/tanh`] });
    at = graph.node("Add", [at, inner], { outputs: [k === BLOCKS - 1 ? "last" : `entered_${k + 1}`] });
  }
  if (head) {
    const mean = graph.node("ReduceMean", [at], { attributes: { axes: attr.ints([1]), keepdims: attr.int(0) } });
    const { weight, bias } = headWeights();
    const W = graph.initializer("head.weight", constant(weight, [2, WIDTH]));
    const b = graph.initializer("head.bias", constant(bias, [2]));
    graph.output(
      graph.node("Gemm", [mean, W, b], { attributes: { transB: attr.int(1) }, outputs: ["logits"] }),
      "float32",
      [1, 2],
    );
  } else graph.output(at, "float32", [1, TOKENS, WIDTH]);
  return encodeModel(graph);
}

export function headWeights(): { weight: Float32Array; bias: Float32Array } {
  return { weight: sequence(2 * WIDTH, 40), bias: Float32Array.of(0.05, -0.05) };
}

/** Windows of which both sides depend on one hidden level. The first `train` rows are of another split. */
export function pairTensors(rows: number, train = 0): Record<string, TensorToWrite> {
  const hidden = sequence(rows, 77);
  const noise = sequence(rows * (SAMPLES + TOKENS), 78);
  const signal = new Float32Array(rows * SAMPLES);
  const tokens = new Int32Array(rows * TOKENS);
  for (let n = 0; n < rows; n++) {
    const own = noise.subarray(n * (SAMPLES + TOKENS));
    for (let t = 0; t < SAMPLES; t++) signal[n * SAMPLES + t] = hidden[n]! * Math.sin(t) + hidden[n]! + 0.3 * own[t]!;
    for (let t = 0; t < TOKENS; t++) {
      const level = Math.round((hidden[n]! + 1 + 0.4 * own[SAMPLES + t]!) * (LEVELS / 2));
      tokens[n * TOKENS + t] = Math.max(0, Math.min(LEVELS - 1, level));
    }
  }
  return {
    signal: { shape: [rows, 1, SAMPLES], data: signal },
    tokens: { shape: [rows, TOKENS], data: tokens },
    split: { shape: [rows], data: Int32Array.from({ length: rows }, (_, n) => (n < train ? 0 : 1)) },
  };
}
