import type { Emitter } from "../emitter.js";
import { isStatic } from "../facts/fact.js";
import type { BackwardCall, Rule } from "../rule.js";
import { spreadTo } from "../sum.js";

/** The gradient of a sum goes to all that was summed up. */
const sum: Rule = (call, emit) => [spread(call, emit, call.gradient)];

/** The gradient of a mean does, shared out evenly. */
const mean: Rule = (call, emit) => {
  const [x, g] = [call.input(), call.gradient];
  const [all, left] = [emit.shape(x), emit.shape(call.output())];
  const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  if (isStatic(all) && isStatic(left)) {
    const share = size(left) / size(all);
    return [spread(call, emit, share === 1 ? g : emit.mul(g, share))];
  }
  const number = (of: string) => emit.node("CastLike", [emit.sizeOf(of), g]);
  return [spread(call, emit, emit.mul(g, emit.reshape(emit.div(number(call.output()), number(x)), [])))];
};

/** Axes are an attribute of ReduceMean before opset 18, an input from there on, and of ReduceSum always. */
function spread(call: BackwardCall, emit: Emitter, g: string): string {
  const x = call.input();
  if (call.int("keepdims", 1) === 1) return spreadTo(emit, g, x);
  const attribute = call.ints("axes");
  if (attribute !== undefined && attribute.length > 0) return spreadTo(emit, emit.unsqueeze(g, attribute), x);
  const empty = call.input(1) === "" || emit.facts.values(call.input(1))?.length === 0;
  if (!empty) return spreadTo(emit, emit.node("Unsqueeze", [g, call.input(1)]), x);
  // All axes: a scalar, which spreads to anything; or none with noop_with_empty_axes.
  return spreadTo(emit, g, x);
}

export const REDUCTION: Readonly<Record<string, Rule>> = { ReduceSum: sum, ReduceMean: mean };
