import { TensorProto_DataType as Type } from "../../onnx-ml_pb.js";
import type { Emitter } from "../emitter.js";
import { type BackwardCall, type Rule, unsupported } from "../rule.js";
import { meanOver } from "../sum.js";

/** A value's mean along some axes, and 1 / sqrt(variance + epsilon). */
interface Moments {
  readonly mean: string;
  readonly inverse: string;
}

function moments(emit: Emitter, x: string, axes: readonly number[], epsilon: number): Moments {
  const mean = meanOver(emit, x, axes);
  const centred = emit.sub(x, mean);
  const variance = meanOver(emit, emit.mul(centred, centred), axes);
  return { mean, inverse: emit.node("Reciprocal", [emit.node("Sqrt", [emit.add(variance, epsilon)])]) };
}

/**
 * For n = (x - mean) / sqrt(variance + epsilon), both along `axes`, and the gradient h of n:
 * dx = (h - mean(h) - n mean(h n)) / sqrt(variance + epsilon).
 */
function throughNorm(emit: Emitter, h: string, x: string, axes: readonly number[], { mean, inverse }: Moments): string {
  const normed = emit.mul(emit.sub(x, mean), inverse);
  const along = meanOver(emit, emit.mul(h, normed), axes);
  return emit.mul(emit.sub(emit.sub(h, meanOver(emit, h, axes)), emit.mul(normed, along)), inverse);
}

const layerNorm: Rule = (call, emit) => {
  call.onlyFirst();
  const x = call.input();
  const rank = call.rank(x);
  const first = call.axis("axis", -1, rank);
  const axes = Array.from({ length: rank - first }, (_, i) => first + i);
  const h = emit.mul(call.gradient, call.input(1));
  return [throughNorm(emit, h, x, axes, layerMoments(call, emit, axes))];
};

/** LayerNormalization gives its moments out, but in float32 whatever its input is. */
function layerMoments(call: BackwardCall, emit: Emitter, axes: readonly number[]): Moments {
  const x = call.input();
  return emit.facts.type(x) === Type.FLOAT
    ? { mean: call.output(1), inverse: call.output(2) }
    : moments(emit, x, axes, call.float("epsilon", 1e-5));
}

/** Along all axes behind the channels. */
const instanceNorm: Rule = (call, emit) => {
  call.onlyFirst();
  const x = call.input();
  const axes = Array.from({ length: call.rank(x) - 2 }, (_, i) => i + 2);
  const h = emit.mul(call.gradient, perChannel(call, emit, call.input(1)));
  return [throughNorm(emit, h, x, axes, moments(emit, x, axes, call.float("epsilon", 1e-5)))];
};

/** With the mean and variance that training left behind: a constant factor for each channel. */
const batchNorm: Rule = (call, emit) => {
  call.onlyFirst();
  if (call.int("training_mode", 0) === 1) throw unsupported(`${call.label} with training_mode 1`);
  const [scale, variance] = [call.input(1), call.input(4)];
  const deviation = emit.node("Sqrt", [emit.add(variance, call.float("epsilon", 1e-5))]);
  return [emit.mul(call.gradient, perChannel(call, emit, emit.div(scale, deviation)))];
};

/** A list by channel as [channels, 1, 1, ...], which spreads along the channels of the input. */
function perChannel(call: BackwardCall, emit: Emitter, list: string): string {
  return emit.reshape(list, [-1, ...new Array<number>(call.rank(call.input()) - 2).fill(1)]);
}

export const NORMALIZATION: Readonly<Record<string, Rule>> = {
  LayerNormalization: layerNorm,
  InstanceNormalization: instanceNorm,
  BatchNormalization: batchNorm,
};
