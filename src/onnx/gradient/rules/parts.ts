import { attr } from "../../attribute.js";
import type { Emitter } from "../emitter.js";
import { fromFront, isStatic } from "../facts/fact.js";
import { sliceRange } from "../facts/parts.js";
import { zeros } from "../piece.js";
import type { BackwardCall, Contribution, Rule } from "../rule.js";
import { placesOf, scatterTo } from "../scatter.js";

const split: Rule = (call, emit) => {
  const some = call.gradients.find((gradient) => gradient !== undefined)!;
  const parts = call.gradients.map((gradient, i) => gradient ?? zeros(emit, emit.shapeOf(call.output(i)), some));
  return [emit.node("Concat", parts, { axis: attr.int(call.int("axis", 0)) })];
};

const concat: Rule = (call, emit) => {
  const axis = call.int("axis", 0);
  const inputs = call.node.input;
  const extents = inputs.map((name) => {
    const rank = call.rank(name);
    const extent = emit.shape(name)![fromFront(axis, rank)];
    return typeof extent === "number" ? extent : { name, rank };
  });
  const sizes = extents.every((extent) => typeof extent === "number")
    ? emit.ints(extents)
    : emit.node(
        "Concat",
        extents.map((extent) => {
          if (typeof extent === "number") return emit.ints([extent]);
          const at = fromFront(axis, extent.rank);
          return emit.node("Slice", [emit.shapeOf(extent.name), emit.ints([at]), emit.ints([at + 1])]);
        }),
        { axis: attr.int(0) },
      );
  const parts = emit.split("Split", [call.gradient, sizes], inputs.length, { axis: attr.int(axis) });
  return parts.map((part, i) => (call.needs(i) ? part : undefined));
};

/** The gradient of an operator that picks elements of its first input: each goes back to where it came from. */
const picking: Rule = (call, emit) => {
  call.onlyFirst();
  const x = call.input();
  const places = emit.again(call.node, [placesOf(emit, x), ...call.node.input.slice(1)]);
  return [scatterTo(emit, call.gradient, places, x)];
};

/** A range along one axis is a piece of the whole; anything else is picked. */
const slice: Rule = (call, emit) => {
  const range = oneRange(call, emit);
  return range ? [{ ...range, gradient: call.gradient }] : picking(call, emit);
};

function oneRange(call: BackwardCall, emit: Emitter): { axis: number; start: number; end: number } | undefined {
  const shape = emit.shape(call.input());
  const [starts, ends] = [emit.facts.values(call.input(1)), emit.facts.values(call.input(2))];
  const axes = call.input(3) === "" ? starts?.map((_, i) => i) : emit.facts.values(call.input(3));
  const steps = call.input(4) === "" ? starts?.map(() => 1) : emit.facts.values(call.input(4));
  if (!isStatic(shape) || !starts || !ends || !axes || !steps || steps.some((step) => step !== 1)) return undefined;
  const ranges = axes.map((axis, i) => {
    const at = fromFront(axis, shape.length);
    const { start, count } = sliceRange(shape[at]!, starts[i]!, ends[i]!, 1);
    return { axis: at, start, end: start + count };
  });
  const cut = ranges.filter(({ axis, start, end }) => start > 0 || end < shape[axis]!);
  return cut.length > 1 ? undefined : (cut[0] ?? ranges[0]);
}

/** One place along an axis is a piece of the whole; a list of places is picked. */
const gather: Rule = (call, emit): readonly Contribution[] => {
  const shape = emit.shape(call.input());
  const index = emit.facts.values(call.input(1));
  if (!isStatic(shape) || index?.length !== 1) return picking(call, emit);
  const axis = call.axis("axis", 0, shape.length);
  const start = fromFront(index[0]!, shape[axis]!);
  const gradient = emit.reshape(call.gradient, shape.with(axis, 1));
  return [{ axis, start, end: start + 1, gradient }];
};

export const PARTS: Readonly<Record<string, Rule>> = {
  Split: split,
  Concat: concat,
  Slice: slice,
  Gather: gather,
  GatherElements: picking,
  Tile: picking,
};
