import type { Emitter } from "../emitter.js";
import { zeros } from "../piece.js";
import type { BackwardCall, Contribution, Rule } from "../rule.js";
import { sumTo } from "../sum.js";

/** One gradient for each operand that needs one, brought to its shape. */
function operands(call: BackwardCall, emit: Emitter, makers: readonly (() => string)[]): Contribution[] {
  return makers.map((make, i) => (call.needs(i) ? sumTo(emit, make(), call.input(i)) : undefined));
}

/** A rule for y = f(x), from dy/dx as a function of x, y and the gradient of y. */
export const unary =
  (derive: (emit: Emitter, at: { x: string; y: string; g: string }) => string): Rule =>
  (call, emit) => [derive(emit, { x: call.input(), y: call.output(), g: call.gradient })];

const add: Rule = (call, emit) =>
  operands(
    call,
    emit,
    call.node.input.map(() => () => call.gradient),
  );

const sub: Rule = (call, emit) => operands(call, emit, [() => call.gradient, () => emit.node("Neg", [call.gradient])]);

const mul: Rule = (call, emit) =>
  operands(call, emit, [() => emit.mul(call.gradient, call.input(1)), () => emit.mul(call.gradient, call.input(0))]);

const div: Rule = (call, emit) => {
  const quotient = () => emit.div(call.gradient, call.input(1));
  return operands(call, emit, [quotient, () => emit.node("Neg", [emit.mul(quotient(), call.output())])]);
};

const pow: Rule = (call, emit) => {
  const [x, exponent] = [call.input(0), call.input(1)];
  const g = call.gradient;
  const toBase = () => {
    const known = emit.facts.values(exponent);
    if (known?.length === 1) {
      if (known[0] === 2) return emit.mul(g, emit.mul(x, 2));
      if (known[0] === 1) return g;
      if (known[0] === 0) return zeros(emit, emit.shapeOf(call.output()), g);
      return emit.mul(g, emit.mul(emit.node("Pow", [x, emit.scalar(known[0]! - 1, x)]), known[0]!));
    }
    const p = emit.node("CastLike", [exponent, x]);
    const slope = emit.mul(emit.node("Pow", [x, emit.sub(p, 1)]), p);
    // x^0 is 1 everywhere, at 0, too, where 0 * 0^-1 is no number.
    const flat = emit.node("Equal", [p, emit.scalar(0, x)]);
    return emit.mul(g, emit.node("Where", [flat, emit.scalar(0, x), slope]));
  };
  const toExponent = () => {
    // x^p is 0 for x = 0 and p > 0, whatever p is.
    const logarithm = emit.node("Where", [
      emit.node("Equal", [x, emit.scalar(0, x)]),
      emit.scalar(0, x),
      emit.node("Log", [x]),
    ]);
    return emit.mul(g, emit.mul(call.output(), logarithm));
  };
  return operands(call, emit, [toBase, toExponent]);
};

/** d erf(x) / dx = 2 / sqrt(pi) exp(-x^2). */
function erfSlope(emit: Emitter, x: string): string {
  return emit.mul(emit.node("Exp", [emit.node("Neg", [emit.mul(x, x)])]), 2 / Math.sqrt(Math.PI));
}

export const ARITHMETIC: Readonly<Record<string, Rule>> = {
  Add: add,
  Sum: add,
  Sub: sub,
  Mul: mul,
  Div: div,
  Pow: pow,
  Neg: unary((emit, { g }) => emit.node("Neg", [g])),
  Abs: unary((emit, { x, g }) => emit.mul(g, emit.node("Sign", [x]))),
  Sqrt: unary((emit, { y, g }) => emit.div(emit.mul(g, 0.5), y)),
  Reciprocal: unary((emit, { y, g }) => emit.node("Neg", [emit.mul(g, emit.mul(y, y))])),
  Exp: unary((emit, { y, g }) => emit.mul(g, y)),
  Log: unary((emit, { x, g }) => emit.div(g, x)),
  Erf: unary((emit, { x, g }) => emit.mul(g, erfSlope(emit, x))),
  Sin: unary((emit, { x, g }) => emit.mul(g, emit.node("Cos", [x]))),
  Cos: unary((emit, { x, g }) => emit.node("Neg", [emit.mul(g, emit.node("Sin", [x]))])),
};
