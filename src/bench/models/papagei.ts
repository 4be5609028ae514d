import { attr } from "../../onnx/index.js";
import { batchNorm, keepVariance } from "./layers.js";
import type { BlockModel } from "./model.js";
import type { Net } from "./net.js";

const SAMPLES = 7500;
const BLOCKS = 18;
const FILTERS = 32;
const KERNEL = 3;
const STRIDE = 2;
const EMBEDDING = 512;
const EXPERTS = 3;

/** Channels double at every fourth block; every second block halves the time. */
const channelsOf = (index: number): number => FILTERS * 2 ** Math.floor(Math.max(0, index) / 4);
const halves = (index: number): boolean => index % 2 === 1;

function timeOf(index: number): number {
  let time = SAMPLES;
  for (let block = 0; block <= index; block++) if (halves(block)) time = Math.ceil(time / STRIDE);
  return time;
}

/**
 * PaPaGei-S (Pillai et al., ICLR 2025): 1-D ResNet of pre-activation blocks on a PPG window of 60 s at 125 Hz, [1, 1, 7500].
 * Block outputs run from [1, 32, 7500] to [1, 512, 15].
 */
export const papagei: BlockModel = {
  name: "PaPaGei-S",
  blocks: BLOCKS,
  layout: "NCT",
  input: [1, 1, SAMPLES],
  otherParameters: headParameters(),
  shape: (index) => [1, channelsOf(index), timeOf(index)],
  stem(net, window) {
    const conv = convolution(net, "stem.conv", window, 1, FILTERS, SAMPLES, 1);
    return net.node("Relu", [batchNorm(net, "stem.norm", conv, FILTERS)]);
  },
  block(net, index, x) {
    const name = `block${index}`;
    const [from, to, time] = [channelsOf(index - 1), channelsOf(index), timeOf(index - 1)];
    const stride = halves(index) ? STRIDE : 1;
    // The stem has normalised what the first block takes.
    const active = index === 0 ? x : net.node("Relu", [batchNorm(net, `${name}.norm1`, x, from)]);
    const first = convolution(net, `${name}.conv1`, active, from, to, time, stride);
    const between = net.node("Relu", [batchNorm(net, `${name}.norm2`, first, to)]);
    const second = convolution(net, `${name}.conv2`, between, to, to, timeOf(index), 1);
    return net.node("Add", [second, shortcut(net, x, index)]);
  },
};

/** "Same" padding as TensorFlow has it: ceil(time / stride) outputs, the odd zero at the end. */
function convolution(net: Net, name: string, x: string, from: number, to: number, time: number, stride: number) {
  const padding = Math.max(0, (Math.ceil(time / stride) - 1) * stride + KERNEL - time);
  const before = Math.floor(padding / 2);
  const weight = net.weight(`${name}.weight`, [to, from, KERNEL], keepVariance(from * KERNEL));
  return net.node("Conv", [x, weight, net.weight(`${name}.bias`, [to], 0.02)], {
    kernel_shape: attr.ints([KERNEL]),
    strides: attr.ints([stride]),
    pads: attr.ints([before, padding - before]),
  });
}

/** The block's input, pooled where the time halves, with channels of zeros on both sides where they double. */
function shortcut(net: Net, x: string, index: number): string {
  const [from, to, time] = [channelsOf(index - 1), channelsOf(index), timeOf(index - 1)];
  let identity = x;
  if (halves(index)) {
    // The published code pads with a zero at the end; pooling drops it again where the length is even. Not by Pad: ONNX
    // Runtime 1.30 merges Pad into MaxPool, which pads with -infinity, and a negative last value then stays negative.
    if (time % STRIDE !== 0) {
      const zero = net.fixed(`block${index}.zero`, new Float32Array(from), [1, from, 1]);
      identity = net.concat([identity, net.repeat(zero, identity, 1, [from, 1])], 2);
    }
    const pool = { kernel_shape: attr.ints([STRIDE]), strides: attr.ints([STRIDE]) };
    identity = net.node("MaxPool", [identity], pool);
  }
  if (to === from) return identity;
  const before = Math.floor((to - from) / 2);
  return net.node("Pad", [identity, net.ints([0, before, 0, 0, to - from - before, 0]), net.scalar(0)]);
}

/**
 * The first block's norm, which it has but skips; the last norm; the dense layer of the embedding; and two mixtures of
 * three experts with a gate each, which only training uses.
 */
function headParameters(): number {
  const width = channelsOf(BLOCKS - 1);
  const expert = (width * width) / 2 + width / 2 + width / 2 + 1;
  const mixture = EXPERTS * expert + width * EXPERTS + EXPERTS;
  return 2 * FILTERS + 2 * width + width * EMBEDDING + EMBEDDING + 2 * mixture;
}
