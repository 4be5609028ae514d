import { attr } from "../attribute.js";
import type { Emitter } from "./emitter.js";
import { zeros } from "./piece.js";

/**
 * Adds each element of a gradient to the element of `x` that it came from.
 *
 * @param places where in `x`, flattened, each came from: int64 of the gradient's shape
 */
export function scatterTo(emit: Emitter, gradient: string, places: string, x: string): string {
  const flat = (value: string) => emit.reshape(value, [-1]);
  const sum = emit.node("ScatterElements", [zeros(emit, emit.sizeOf(x), gradient), flat(places), flat(gradient)], {
    axis: attr.int(0),
    reduction: attr.string("add"),
  });
  return emit.reshapeLike(sum, x);
}

/** The numbers 0, 1, 2, ... as int64 in the shape of `x`: what an operator that only picks elements makes of them says where each came from. */
export function placesOf(emit: Emitter, x: string): string {
  const count = emit.reshape(emit.sizeOf(x), []);
  const [zero, one] = [emit.reshape(emit.ints([0]), []), emit.reshape(emit.ints([1]), [])];
  return emit.reshapeLike(emit.node("Range", [zero, count, one]), x);
}
