import { attr } from "../attribute.js";
import type { Emitter } from "./emitter.js";
import { count, isStatic } from "./facts/fact.js";

/**
 * How far a result is from what it should be, all of its numbers taken together:
 *
 * - `cosine`: 1 - <a,b> / sqrt((<a,a> + 1e-12) (<b,b> + 1e-12))
 * - `mse`: mean of (a - b)^2
 * - `l1`: mean of |a - b|
 */
export type Loss = "cosine" | "mse" | "l1";

/** Keeps the cosine of a vector of zeros finite. */
const EPSILON = 1e-12;

/** Writes a loss. Gives its value, a scalar, and its gradient by `a`. */
export type LossRule = (emit: Emitter, a: string, b: string) => { loss: string; gradient: string };

const sumOfAll = (emit: Emitter, x: string) => emit.node("ReduceSum", [x], { keepdims: attr.int(0) });

const cosine: LossRule = (emit, a, b) => {
  const dot = sumOfAll(emit, emit.mul(a, b));
  const square = (x: string) => emit.add(sumOfAll(emit, emit.mul(x, x)), EPSILON);
  const own = square(a);
  // Two roots, since the product of two squares leaves the range of float32 sooner.
  const length = emit.mul(emit.node("Sqrt", [own]), emit.node("Sqrt", [square(b)]));
  const similarity = emit.div(dot, length);
  const gradient = emit.sub(emit.mul(a, emit.div(similarity, own)), emit.div(b, length));
  return { loss: emit.sub(1, similarity), gradient };
};

/** 1 / number of elements, as a scalar. */
function share(emit: Emitter, a: string): string {
  const shape = emit.shape(a);
  if (isStatic(shape)) return emit.scalar(1 / Math.max(1, count(shape)), a);
  return emit.node("Reciprocal", [emit.node("CastLike", [emit.node("Size", [a]), a])]);
}

const mse: LossRule = (emit, a, b) => {
  const difference = emit.sub(a, b);
  const part = share(emit, a);
  return {
    loss: emit.mul(sumOfAll(emit, emit.mul(difference, difference)), part),
    gradient: emit.mul(difference, emit.mul(part, 2)),
  };
};

const l1: LossRule = (emit, a, b) => {
  const difference = emit.sub(a, b);
  const part = share(emit, a);
  return {
    loss: emit.mul(sumOfAll(emit, emit.node("Abs", [difference])), part),
    gradient: emit.mul(emit.node("Sign", [difference]), part),
  };
};

export const LOSSES: Readonly<Record<Loss, LossRule>> = { cosine, mse, l1 };
