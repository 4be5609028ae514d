import { invalidArgument } from "../../errors.js";
import { attr, encodeModel } from "../../onnx/index.js";
import { keepVariance } from "./layers.js";
import type { BlockModel } from "./model.js";
import { Net } from "./net.js";

/** A part of a model as an ONNX file, and how many learnable numbers it holds. */
export interface Part {
  readonly onnx: Uint8Array;
  readonly parameters: number;
}

/**
 * Lower half: `window` float32 `model.input` -> `features`, the output of block `m`.
 *
 * @param openBatch leave the first dimension open, so that several windows can be run at once
 */
export function lowerHalf(model: BlockModel, m: number, seed: number, openBatch = false): Part {
  checkBlock(model, "m", m);
  const net = new Net("lower", seed, openBatch);
  let x = model.stem(net, net.input("window", model.input));
  for (let index = 0; index <= m; index++) x = model.block(net, index, x);
  return finish(net, x, "features", model.shape(m));
}

/**
 * Upper half: `tokens` float32, the input of block `l` -> `last_block`, or with `classes` through the mean over time and
 * one linear layer `logits` [1, classes].
 */
export function upperHalf(model: BlockModel, l: number, seed: number, classes?: number, openBatch = false): Part {
  checkBlock(model, "l", l);
  const net = new Net("upper", seed, openBatch);
  let x = net.input("tokens", model.shape(l - 1));
  for (let index = l; index < model.blocks; index++) x = model.block(net, index, x);
  const last = model.shape(model.blocks - 1);
  return classes === undefined
    ? finish(net, x, "last_block", last)
    : finish(net, head(net, model, x, classes), "logits", [1, classes]);
}

/** The whole model: `window` -> `block_0`, `block_1`, ... */
export function wholeModel(model: BlockModel, seed: number): Part {
  const net = new Net("model", seed);
  let x = model.stem(net, net.input("window", model.input));
  for (let index = 0; index < model.blocks; index++) {
    x = model.block(net, index, x);
    net.output(x, `block_${index}`, model.shape(index));
  }
  return { onnx: encodeModel(net.graph), parameters: net.parameters };
}

function head(net: Net, model: BlockModel, x: string, classes: number): string {
  const last = model.shape(model.blocks - 1);
  const time = model.layout === "NTC" ? last.length - 2 : last.length - 1;
  const channels = last[model.layout === "NTC" ? last.length - 1 : last.length - 2]!;
  const pooled = net.node("ReduceMean", [x], { axes: attr.ints([time]), keepdims: attr.int(0) });
  const weight = net.weight("head.weight", [channels, classes], keepVariance(channels));
  return net.node("Gemm", [pooled, weight, net.weight("head.bias", [classes], 0.02)]);
}

function finish(net: Net, x: string, name: string, shape: readonly number[]): Part {
  net.output(x, name, shape);
  return { onnx: encodeModel(net.graph), parameters: net.parameters };
}

function checkBlock(model: BlockModel, name: string, index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= model.blocks)
    throw invalidArgument(name, `a block of ${model.name} from 0 to ${model.blocks - 1}`, index);
}
