import { attr } from "../../onnx/index.js";
import { attention } from "./attention.js";
import { feedForward, gelu, groupNorm, keepVariance, layerNorm, linear } from "./layers.js";
import type { BlockModel } from "./model.js";
import type { Net } from "./net.js";

const KERNELS = [10, 3, 3, 2, 2];
const STRIDES = [4, 2, 2, 2, 2];
const WIDTH = 512;
const LAYERS = 8;
const HEADS = 8;
const FEED_FORWARD = 2048;
const POSITION_KERNEL = 128;
const POSITION_GROUPS = 16;

/**
 * HuBERT-ECG small (Coppola et al. 2024): convolutions over an ECG lead at 100 Hz, then 8 post-norm transformer layers.
 *
 * @param samples of the window [1, samples]; 6000 (60 s) make 93 tokens of 512
 */
export function hubertEcg(samples = 6000): BlockModel {
  const times = convolvedTimes(samples);
  const tokens = times.at(-1)!;
  const shape = [1, tokens, WIDTH];
  return {
    name: "HuBERT-ECG small",
    blocks: LAYERS,
    layout: "NTC",
    input: [1, samples],
    // The vector that stands for masked tokens in training, and the gain per kernel tap of the positional convolution's
    // weight norm, which an export folds into the weight.
    otherParameters: WIDTH + POSITION_KERNEL,
    shape: () => shape,
    stem(net, window) {
      let x = net.reshape(window, [1, 1, samples]);
      for (const [layer, time] of times.entries()) x = convolution(net, layer, x, time);
      const features = layerNorm(net, "projection.norm", net.transpose(x, [0, 2, 1]), WIDTH);
      const projected = linear(net, "projection", features, WIDTH, WIDTH);
      const placed = net.node("Add", [projected, positions(net, projected, tokens)]);
      return layerNorm(net, "encoder.norm", placed, WIDTH);
    },
    block(net, index, x) {
      const name = `layer${index}`;
      const mixed = attention(net, `${name}.attention`, x, { batch: 1, tokens, width: WIDTH, heads: HEADS });
      const normed = layerNorm(net, `${name}.norm1`, net.node("Add", [x, mixed]), WIDTH);
      const forward = feedForward(net, `${name}.feed`, normed, WIDTH, FEED_FORWARD);
      return layerNorm(net, `${name}.norm2`, net.node("Add", [normed, forward]), WIDTH);
    },
  };
}

/** Lengths after each convolution, which have no padding. */
function convolvedTimes(samples: number): number[] {
  let time = samples;
  return KERNELS.map((kernel, layer) => {
    time = Math.floor((time - kernel) / STRIDES[layer]!) + 1;
    return time;
  });
}

/** Convolution without bias and GELU; the first with a norm of each channel over time between them. */
function convolution(net: Net, layer: number, x: string, time: number): string {
  const [kernel, from] = [KERNELS[layer]!, layer === 0 ? 1 : WIDTH];
  const weight = net.weight(`conv${layer}.weight`, [WIDTH, from, kernel], keepVariance(from * kernel));
  const conv = net.node("Conv", [x, weight], {
    kernel_shape: attr.ints([kernel]),
    strides: attr.ints([STRIDES[layer]!]),
  });
  return gelu(net, layer === 0 ? groupNorm(net, "conv0.norm", conv, WIDTH, [1, WIDTH, time]) : conv);
}

/** Grouped convolution over tokens that tells them where they are; an even kernel gives one too many, the last is dropped. */
function positions(net: Net, x: string, tokens: number): string {
  const perGroup = WIDTH / POSITION_GROUPS;
  const shape = [WIDTH, perGroup, POSITION_KERNEL];
  const weight = net.weight("positions.weight", shape, keepVariance(perGroup * POSITION_KERNEL));
  const conv = net.node("Conv", [net.transpose(x, [0, 2, 1]), weight, net.weight("positions.bias", [WIDTH], 0.02)], {
    kernel_shape: attr.ints([POSITION_KERNEL]),
    pads: attr.ints([POSITION_KERNEL / 2, POSITION_KERNEL / 2]),
    group: attr.int(POSITION_GROUPS),
  });
  return net.transpose(gelu(net, net.slice(conv, 2, 0, tokens)), [0, 2, 1]);
}
