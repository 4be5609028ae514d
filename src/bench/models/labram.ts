import { attr } from "../../onnx/index.js";
import { fusedAttention } from "./attention.js";
import { feedForward, gelu, groupNorm, keepVariance, layerNorm } from "./layers.js";
import type { BlockModel } from "./model.js";
import type { Net } from "./net.js";

const PATCH = 200;
const WIDTH = 200;
const BLOCKS = 12;
const HEADS = 10;
const FEED_FORWARD = 800;
const EPSILON = 1e-6;
/** Electrodes and seconds for which the published tables of positions have a row, beside one for the class token. */
const ELECTRODES = 128;
const SECONDS = 16;
/** The convolutions over a patch: 8 channels of 25 make up a token of 200. */
const CONV_CHANNELS = 8;
const CONV_TIME = 25;
const CONV_GROUPS = 4;

/** What LaBraM looks at: [1, electrodes, seconds, 200] samples at 200 Hz, one token a second of each, and a class token. */
export interface LabramWindow {
  readonly electrodes: number;
  readonly seconds: number;
}

/**
 * LaBraM-base (Jiang et al., ICLR 2024): convolutions within each second of each electrode, then 12 pre-norm transformer
 * blocks of width 200. 6 electrodes make 181 tokens in 30 s and 19 in 3 s.
 *
 * The published table has 16 seconds; a longer window gets a table as long as itself.
 */
export function labram({ electrodes, seconds }: LabramWindow): BlockModel {
  const patches = electrodes * seconds;
  const tokens = patches + 1;
  const shape = [1, tokens, WIDTH];
  return {
    name: "LaBraM-base",
    blocks: BLOCKS,
    layout: "NTC",
    input: [1, electrodes, seconds, PATCH],
    // The norm behind the mean over tokens.
    otherParameters: 2 * WIDTH,
    shape: () => shape,
    stem(net, window) {
      const classToken = net.weight("class_token", [1, 1, WIDTH], 0.02);
      const tokensOfPatches = patchTokens(net, window, patches);
      const embedded = net.concat([net.repeat(classToken, tokensOfPatches, 1, [1, WIDTH]), tokensOfPatches], 1);
      const classAt = net.fixed("class_time", new Float32Array(WIDTH), [1, 1, WIDTH]);
      const places = net.weight("positions", [1, ELECTRODES + 1, WIDTH], 0.02);
      const byElectrode = spread(net, net.slice(places, 1, 1, electrodes + 1), electrodes, seconds, 2);
      const placed = net.node("Add", [embedded, net.concat([net.slice(places, 1, 0, 1), byElectrode], 1)]);
      const table = net.weight("times", [1, Math.max(SECONDS, seconds), WIDTH], 0.02);
      const bySecond = spread(net, net.slice(table, 1, 0, seconds), electrodes, seconds, 1);
      return net.node("Add", [placed, net.concat([classAt, bySecond], 1)]);
    },
    block(net, index, x) {
      const name = `block${index}`;
      const add = (part: string, value: string, from: string) =>
        net.node("Add", [from, net.node("Mul", [value, net.weight(`${name}.${part}`, [WIDTH], 0.02, 0.1)])]);
      const heads = { batch: 1, tokens, width: WIDTH, heads: HEADS };
      const variant = { bias: false, normEpsilon: EPSILON };
      const normed = layerNorm(net, `${name}.norm1`, x, WIDTH, EPSILON);
      const mixed = add("gamma1", fusedAttention(net, `${name}.attention`, normed, heads, variant), x);
      const normed2 = layerNorm(net, `${name}.norm2`, mixed, WIDTH, EPSILON);
      return add("gamma2", feedForward(net, `${name}.feed`, normed2, WIDTH, FEED_FORWARD), mixed);
    },
  };
}

/** Rows [1, n, 200] for electrodes or seconds, given to each token: [1, electrodes * seconds, 200]. */
function spread(net: Net, rows: string, electrodes: number, seconds: number, axis: 1 | 2): string {
  const apart = net.node("Unsqueeze", [rows, net.ints([axis])]);
  const all = net.node("Expand", [apart, net.ints([1, electrodes, seconds, WIDTH])]);
  return net.reshape(all, [1, electrodes * seconds, WIDTH]);
}

/** Three convolutions over the time of a patch, each with group norm over all patches and GELU: [1, patches, 200]. */
function patchTokens(net: Net, window: string, patches: number): string {
  let x = net.reshape(window, [1, 1, patches, PATCH]);
  for (const [layer, kernel] of [15, 3, 3].entries()) {
    const from = layer === 0 ? 1 : CONV_CHANNELS;
    const pad = Math.floor(kernel / 2);
    const weight = net.weight(`conv${layer}.weight`, [CONV_CHANNELS, from, 1, kernel], keepVariance(from * kernel));
    const conv = net.node("Conv", [x, weight, net.weight(`conv${layer}.bias`, [CONV_CHANNELS], 0.02)], {
      kernel_shape: attr.ints([1, kernel]),
      strides: attr.ints([1, layer === 0 ? PATCH / CONV_TIME : 1]),
      pads: attr.ints([0, pad, 0, pad]),
    });
    x = gelu(net, groupNorm(net, `conv${layer}.norm`, conv, CONV_GROUPS, [1, CONV_CHANNELS, patches, CONV_TIME]));
  }
  return net.reshape(net.transpose(x, [0, 2, 3, 1]), [1, patches, WIDTH]);
}
