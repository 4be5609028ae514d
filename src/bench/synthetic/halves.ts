import { attr, constant, encodeModel, GraphBuilder } from "../../onnx/index.js";
import { addBurn } from "./burn.js";
import { sequence } from "./sequence.js";

/** Sizes of the tiny model: small enough to check by hand, all different so that a swapped pair shows. */
export const TINY = { channelsIn: 8, rank: 4, prototypes: 6, tokens: 10, width: 12 } as const;

const KERNEL = 5;
const STRIDE = 4;
const PAD = 2;

export interface LowerSpec {
  /** Channels and samples of the prepared window. */
  readonly channels: number;
  readonly samples: number;
  readonly layout: "NTC" | "NCT";
  readonly seed: number;
  /** Leave the first dimension open, so that several windows can be run at once. */
  readonly openBatch: boolean;
}

/** Lower half: `signal` float32 [1, channels, samples] -> strided Conv and Relu -> `features`, NCT or NTC. */
export function lowerHalf({ channels, samples, layout, seed, openBatch }: LowerSpec): Uint8Array {
  const { channelsIn } = TINY;
  const time = Math.floor((samples + 2 * PAD - KERNEL) / STRIDE) + 1;
  const graph = new GraphBuilder("lower");
  const batch = openBatch ? "batch" : 1;
  graph.input("signal", "float32", [batch, channels, samples]);
  graph.initializer("weight", constant(sequence(channelsIn * channels * KERNEL, seed), [channelsIn, channels, KERNEL]));
  graph.initializer("bias", constant(sequence(channelsIn, seed + 1, 0.1), [channelsIn]));
  const conv = graph.node("Conv", ["signal", "weight", "bias"], {
    attributes: { strides: attr.ints([STRIDE]), pads: attr.ints([PAD, PAD]) },
  });
  if (layout === "NCT") graph.node("Relu", [conv], { outputs: ["features"] });
  else {
    const relu = graph.node("Relu", [conv]);
    graph.node("Transpose", [relu], { outputs: ["features"], attributes: { perm: attr.ints([0, 2, 1]) } });
  }
  graph.output("features", "float32", layout === "NCT" ? [batch, channelsIn, time] : [batch, time, channelsIn]);
  return encodeModel(graph);
}

export interface UpperSpec {
  readonly targetLayout: "tokens-first" | "channels-first" | "raw";
  /** Classes when the half ends in logits; null when it ends at the last block. */
  readonly classes: number | null;
  readonly seed: number;
  /** Rounds of useless work, 0 for none. */
  readonly burnRounds: number;
  /** As of {@link LowerSpec}. */
  readonly openBatch: boolean;
}

/** Shape of the upper half's input in each layout. */
export function targetShape(layout: UpperSpec["targetLayout"]): number[] {
  const { tokens, width } = TINY;
  return layout === "channels-first" ? [1, width, tokens] : [1, tokens, width];
}

/**
 * Upper half: `tokens` float32 -> LayerNormalization and MatMul -> `last_block` [1, T, C_out], or after the mean over
 * tokens and one linear layer `logits` [1, classes].
 */
export function upperHalf({ targetLayout, classes, seed, burnRounds, openBatch }: UpperSpec): Uint8Array {
  const { tokens, width } = TINY;
  const graph = new GraphBuilder("upper");
  const batch = openBatch ? "batch" : 1;
  graph.input("tokens", "float32", [batch, ...targetShape(targetLayout).slice(1)]);
  const perm = attr.ints([0, 2, 1]);
  const ntc =
    targetLayout === "channels-first" ? graph.node("Transpose", ["tokens"], { attributes: { perm } }) : "tokens";
  graph.initializer("scale", constant(new Float32Array(width).fill(1), [width]));
  graph.initializer("shift", constant(sequence(width, seed, 0.1), [width]));
  const normed = graph.node("LayerNormalization", [ntc, "scale", "shift"], {
    attributes: { axis: attr.int(-1), epsilon: attr.float(1e-5) },
  });
  graph.initializer("mix", constant(sequence(width * width, seed + 1), [width, width]));
  const mixed = graph.node("MatMul", [normed, "mix"]);
  const useless = addBurn(graph, "tokens", burnRounds);
  if (classes === null) {
    graph.node("Add", [mixed, useless], { outputs: ["last_block"] });
    graph.output("last_block", "float32", [batch, tokens, width]);
  } else {
    const pooled = graph.node("ReduceMean", [mixed], { attributes: { axes: attr.ints([1]), keepdims: attr.int(0) } });
    graph.initializer("head", constant(sequence(width * classes, seed + 2), [width, classes]));
    const scores = graph.node("MatMul", [pooled, "head"]);
    graph.node("Add", [scores, useless], { outputs: ["logits"] });
    graph.output("logits", "float32", [batch, classes]);
  }
  return encodeModel(graph);
}
