import { attr } from "../../onnx/index.js";
import type { Net } from "./net.js";

/** Bound of evenly spread weights that keep the variance of what they sum up: a uniform variable of bound b has variance b^2 / 3. */
export function keepVariance(fanIn: number): number {
  return Math.sqrt(3 / fanIn);
}

/** x [..., from] -> x W + b [..., to], as exporters write a linear layer. */
export function linear(net: Net, name: string, x: string, from: number, to: number, bias = true): string {
  const product = net.node("MatMul", [x, net.weight(`${name}.weight`, [from, to], keepVariance(from))]);
  return bias ? net.node("Add", [product, net.weight(`${name}.bias`, [to], 0.02)]) : product;
}

/** Over the last dimension of `width`. */
export function layerNorm(net: Net, name: string, x: string, width: number, epsilon = 1e-5): string {
  const [scale, shift] = affine(net, name, [width]);
  return net.node("LayerNormalization", [x, scale, shift], { axis: attr.int(-1), epsilon: attr.float(epsilon) });
}

/**
 * Over `groups` groups of the channels of x [batch, channels, ...] and all that follows, in the operators that PyTorch
 * exports: ONNX has GroupNormalization from opset 18 on only.
 */
export function groupNorm(net: Net, name: string, x: string, groups: number, shape: readonly number[]): string {
  const channels = shape[1]!;
  const grouped = net.reshape(x, [0, groups, -1]);
  const ones = net.fixed(`${name}.ones`, new Float32Array(groups).fill(1), [groups]);
  const zeros = net.fixed(`${name}.zeros`, new Float32Array(groups), [groups]);
  const normed = net.node("InstanceNormalization", [grouped, ones, zeros], { epsilon: attr.float(1e-5) });
  const [scale, shift] = affine(net, name, [channels, ...shape.slice(2).map(() => 1)]);
  return net.node("Add", [net.node("Mul", [net.reshape(normed, shape), scale]), shift]);
}

/** With the running statistics of a model that is not being trained: they are no parameters. */
export function batchNorm(net: Net, name: string, x: string, channels: number): string {
  const [scale, shift] = affine(net, name, [channels]);
  const mean = net.fixed(`${name}.mean`, new Float32Array(channels), [channels]);
  const variance = net.fixed(`${name}.variance`, new Float32Array(channels).fill(1), [channels]);
  return net.node("BatchNormalization", [x, scale, shift, mean, variance], { epsilon: attr.float(1e-5) });
}

/** Exact GELU, x / 2 (1 + erf(x / sqrt 2)), in the five operators that ONNX Runtime recognises and fuses. */
export function gelu(net: Net, x: string): string {
  const erf = net.node("Erf", [net.node("Div", [x, net.scalar(Math.SQRT2)])]);
  const gated = net.node("Mul", [x, net.node("Add", [erf, net.scalar(1)])]);
  return net.node("Mul", [gated, net.scalar(0.5)]);
}

/** Two linear layers with GELU between them. */
export function feedForward(net: Net, name: string, x: string, width: number, hidden: number): string {
  return linear(net, `${name}.2`, gelu(net, linear(net, `${name}.1`, x, width, hidden)), hidden, width);
}

function affine(net: Net, name: string, shape: readonly number[]): [scale: string, shift: string] {
  return [net.weight(`${name}.weight`, shape, 0.1, 1), net.weight(`${name}.bias`, shape, 0.02)];
}
