import { attr } from "../../onnx/index.js";
import { fusedAttention } from "./attention.js";
import { feedForward, keepVariance, layerNorm } from "./layers.js";
import type { BlockModel } from "./model.js";
import type { Net } from "./net.js";
import { rickerKernels } from "./ricker.js";

const SAMPLES = 390;
/** Two differences shorten the signal by two samples. */
const TIME = SAMPLES - 2;
const SCALES = Array.from({ length: 65 }, (_, i) => i + 0.1);
const PATCH = [9, 5] as const;
const PATCHES = 43 * 13;
const TOKENS = PATCHES + 1;
const WIDTH = 768;
const HEADS = 12;
const FEED_FORWARD = 3072;
const BLOCKS = 12;

/** Parameters of the part that rebuilds masked signals in pretraining, and of the last norm. */
const DECODER = decoderParameters();

export interface NormwearOptions {
  /** Signals that are looked at together; 3 by default. */
  readonly variates?: number;
  /** Blocks; 12 as published by default. Fewer make a small model of the same kind. */
  readonly depth?: number;
}

/**
 * NormWear (Luo et al. 2024): wavelet transform of each signal and its differences as an image of 388 x 65, patches of 9 x 5,
 * then 12 pre-norm transformer blocks of width 768 for each signal; in every second one the signals' class tokens
 * attend to one another. [1, variates, 390] makes [variates, 560, 768].
 */
export function normwear({ variates = 3, depth = BLOCKS }: NormwearOptions = {}): BlockModel {
  const shape = [variates, TOKENS, WIDTH];
  return {
    name: "NormWear",
    blocks: depth,
    layout: "NTC",
    input: [1, variates, SAMPLES],
    otherParameters: DECODER,
    shape: () => shape,
    stem(net, window) {
      const kernel = [WIDTH, 3, ...PATCH];
      const weight = net.weight("patch.weight", kernel, keepVariance(3 * PATCH[0] * PATCH[1]));
      const conv = net.node(
        "Conv",
        [scalogram(net, window, variates), weight, net.weight("patch.bias", [WIDTH], 0.02)],
        {
          kernel_shape: attr.ints(PATCH),
          strides: attr.ints(PATCH),
        },
      );
      const patches = net.transpose(net.reshape(conv, [variates, WIDTH, PATCHES]), [0, 2, 1]);
      const classToken = net.repeat(net.weight("class_token", [1, 1, WIDTH], 0.02), patches, variates, [1, WIDTH]);
      const places = net.weight("positions", [1, TOKENS, WIDTH], 1);
      return net.node("Add", [net.concat([classToken, patches], 1), places]);
    },
    block(net, index, x) {
      const own = transformerBlock(net, `block${index}`, x, variates, TOKENS);
      if (index % 2 === 1) return own;
      const classes = net.reshape(net.slice(own, 1, 0, 1), [1, variates, WIDTH]);
      const fused = transformerBlock(net, `block${index}.fusion`, classes, 1, variates);
      return net.concat([net.reshape(fused, [variates, 1, WIDTH]), net.slice(own, 1, 1, TOKENS)], 1);
    },
  };
}

function transformerBlock(net: Net, name: string, x: string, batch: number, tokens: number): string {
  const shape = { batch, tokens, width: WIDTH, heads: HEADS };
  const normed = layerNorm(net, `${name}.norm1`, x, WIDTH);
  const mixed = net.node("Add", [x, fusedAttention(net, `${name}.attention`, normed, shape, { bias: true })]);
  const normed2 = layerNorm(net, `${name}.norm2`, mixed, WIDTH);
  return net.node("Add", [mixed, feedForward(net, `${name}.feed`, normed2, WIDTH, FEED_FORWARD)]);
}

/** Window [1, variates, 390] -> [variates, 3, time, 65]: wavelet transform of the signal and its first and second difference. */
function scalogram(net: Net, window: string, variates: number): string {
  const signal = net.reshape(window, [variates, 1, SAMPLES]);
  const difference = (x: string, length: number) =>
    net.node("Sub", [net.slice(x, 2, 1, length), net.slice(x, 2, 0, length - 1)]);
  const first = difference(signal, SAMPLES);
  const rows = [net.slice(signal, 2, 2, SAMPLES), net.slice(first, 2, 1, SAMPLES - 1), difference(first, SAMPLES - 1)];
  const stacked = net.reshape(net.concat(rows, 1), [3 * variates, 1, TIME]);
  const kernels = net.fixed("wavelets", rickerKernels(SCALES, TIME), [SCALES.length, 1, TIME]);
  const pads = attr.ints([TIME / 2, TIME / 2]);
  const conv = net.node("Conv", [stacked, kernels], { kernel_shape: attr.ints([TIME]), pads });
  // A kernel of even length makes one sample more than it was given.
  const images = net.reshape(conv, [variates, 3, SCALES.length, TIME + 1]);
  return net.transpose(images, [0, 1, 3, 2]);
}

function decoderParameters(): number {
  const [width, signals, length, inner] = [512, 4, 388, WIDTH / 2];
  const block = 4 * (width * width + width) + 2 * 4 * width * width + 5 * width + 4 * width;
  const ends = WIDTH * width + width + width + TOKENS * width + 2 * width;
  const inTime = TOKENS * length + length;
  const inSpace = 2 * signals * width + signals * width * inner + inner + inner * signals + signals;
  return 2 * block + ends + inTime + inSpace + 2 * WIDTH;
}
