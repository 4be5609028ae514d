import { attr } from "../attribute.js";
import type { Emitter } from "./emitter.js";
import { isStatic } from "./facts/fact.js";

/** Sum over axes counted from the front; those axes stay, with extent 1. */
function sumOver(emit: Emitter, x: string, axes: readonly number[]): string {
  return emit.node("ReduceSum", [x, emit.ints(axes)], { keepdims: attr.int(1) });
}

/** Mean over axes, which stay with extent 1: `axes` became an input of ReduceMean with opset 18. */
export function meanOver(emit: Emitter, x: string, axes: readonly number[]): string {
  const keepdims = attr.int(1);
  return emit.opset >= 18
    ? emit.node("ReduceMean", [x, emit.ints(axes)], { keepdims })
    : emit.node("ReduceMean", [x], { axes: attr.ints(axes), keepdims });
}

/**
 * Turns broadcasting round: a gradient with the shape that `x` was spread to becomes one with the shape of `x`, by adding up all that
 * came from the same element. Nothing is written where both shapes are known to be the same.
 */
export function sumTo(emit: Emitter, gradient: string, x: string): string {
  const [wide, narrow] = [emit.shape(gradient), emit.shape(x)];
  if (wide === undefined || narrow === undefined) return sumToRunTime(emit, gradient, x);
  const missing = wide.length - narrow.length;
  const axes: number[] = [];
  for (const [i, extent] of wide.entries()) {
    const own = i < missing ? 1 : narrow[i - missing];
    if (own === 1 && extent !== 1) axes.push(i);
    else if (own !== extent || own === undefined)
      // One of them may turn out to be 1, unless both are numbers, which are then the same.
      return sumToRunTime(emit, gradient, x);
  }
  const sum = axes.length === 0 ? gradient : sumOver(emit, gradient, axes);
  return missing === 0 ? sum : emit.reshapeLike(sum, x);
}

/** The same where shapes are known only when the graph runs. */
function sumToRunTime(emit: Emitter, gradient: string, x: string): string {
  const shape = emit.shapeOf(x);
  const missing = emit.node("Sub", [
    emit.node("Shape", [emit.node("Shape", [gradient])]),
    emit.node("Shape", [emit.node("Shape", [x])]),
  ]);
  const one = emit.ints([1]);
  const padded = emit.node("Concat", [emit.node("Expand", [one, missing]), shape], { axis: attr.int(0) });
  const axes = emit.reshape(emit.node("NonZero", [emit.node("Equal", [padded, one])]), [-1]);
  const sum = emit.node("ReduceSum", [gradient, axes], { keepdims: attr.int(1), noop_with_empty_axes: attr.int(1) });
  return emit.reshape(sum, shape);
}

/** A value repeated to the shape of `like`, to which it broadcasts. */
export function spreadTo(emit: Emitter, x: string, like: string): string {
  const [from, to] = [emit.shape(x), emit.shape(like)];
  if (isStatic(from) && isStatic(to) && from.join() === to.join()) return x;
  return emit.node("Expand", [x, emit.shapeOf(like)]);
}
