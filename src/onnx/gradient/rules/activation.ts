import { attr } from "../../attribute.js";
import type { Emitter } from "../emitter.js";
import type { Rule } from "../rule.js";
import { unary } from "./arithmetic.js";

/** `g` where a condition holds, 0 elsewhere. */
const where = (emit: Emitter, condition: string, g: string) => emit.node("Where", [condition, g, emit.scalar(0, g)]);

/** Of the definitions in https://onnx.ai/onnx/operators/onnx__Gelu.html, Phi the normal distribution: d x Phi(x) / dx = Phi(x) + x phi(x). */
const gelu: Rule = (call, emit) => {
  const [x, g] = [call.input(), call.gradient];
  if (call.string("approximate", "none") === "tanh") return [emit.mul(g, tanhGeluSlope(emit, x))];
  const erf = emit.node("Erf", [emit.mul(x, Math.SQRT1_2)]);
  const density = emit.mul(emit.node("Exp", [emit.mul(emit.mul(x, x), -0.5)]), 1 / Math.sqrt(2 * Math.PI));
  return [emit.mul(g, emit.add(emit.mul(emit.add(erf, 1), 0.5), emit.mul(x, density)))];
};

/** y = x / 2 (1 + tanh(u)), u = k (x + c x^3): y' = (1 + t) / 2 + x / 2 (1 - t^2) k (1 + 3 c x^2). */
function tanhGeluSlope(emit: Emitter, x: string): string {
  const [k, c] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = emit.mul(x, x);
  const t = emit.node("Tanh", [emit.mul(emit.mul(x, emit.add(emit.mul(square, c), 1)), k)]);
  const inner = emit.mul(emit.add(emit.mul(square, 3 * c), 1), k / 2);
  const outer = emit.mul(x, emit.sub(1, emit.mul(t, t)));
  return emit.add(emit.mul(emit.add(t, 1), 0.5), emit.mul(outer, inner));
}

/** dx = y (g - sum(g y)), along the axis. */
const softmax: Rule = (call, emit) => {
  const [y, g] = [call.output(), call.gradient];
  const axis = emit.ints([call.int("axis", -1)]);
  const total = emit.node("ReduceSum", [emit.mul(g, y), axis], { keepdims: attr.int(1) });
  return [emit.mul(y, emit.sub(g, total))];
};

/** dx = g - softmax(x) sum(g), along the axis. */
const logSoftmax: Rule = (call, emit) => {
  const g = call.gradient;
  const total = emit.node("ReduceSum", [g, emit.ints([call.int("axis", -1)])], { keepdims: attr.int(1) });
  return [emit.sub(g, emit.mul(emit.node("Exp", [call.output()]), total))];
};

const leakyRelu: Rule = (call, emit) => {
  const [x, g] = [call.input(), call.gradient];
  const positive = emit.node("Greater", [x, emit.scalar(0, x)]);
  return [emit.node("Where", [positive, g, emit.mul(g, call.float("alpha", 0.01))])];
};

/** Nothing passes where the value was cut off. */
const clip: Rule = (call, emit) => {
  call.onlyFirst();
  const x = call.input();
  const inside = [
    ...(call.input(1) === "" ? [] : [emit.node("GreaterOrEqual", [x, call.input(1)])]),
    ...(call.input(2) === "" ? [] : [emit.node("LessOrEqual", [x, call.input(2)])]),
  ];
  return [inside.reduce((g, condition) => where(emit, condition, g), call.gradient)];
};

export const ACTIVATION: Readonly<Record<string, Rule>> = {
  Relu: unary((emit, { y, g }) => where(emit, emit.node("Greater", [y, emit.scalar(0, y)]), g)),
  LeakyRelu: leakyRelu,
  Sigmoid: unary((emit, { y, g }) => emit.mul(g, emit.mul(y, emit.sub(1, y)))),
  Tanh: unary((emit, { y, g }) => emit.mul(g, emit.sub(1, emit.mul(y, y)))),
  Gelu: gelu,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  Clip: clip,
};
