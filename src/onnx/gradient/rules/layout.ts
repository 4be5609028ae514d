import { attr } from "../../attribute.js";
import type { Rule } from "../rule.js";
import { sumTo } from "../sum.js";

/** What only changes the shape is undone by the old shape. */
const reshape: Rule = (call, emit) => [emit.reshapeLike(call.gradient, call.input())];

const transpose: Rule = (call, emit) => {
  const perm = call.ints("perm");
  if (perm === undefined) return [emit.node("Transpose", [call.gradient])];
  const back = perm.map((_, axis) => perm.indexOf(axis));
  return [emit.node("Transpose", [call.gradient], { perm: attr.ints(back) })];
};

const pass: Rule = (call) => [call.gradient];

export const LAYOUT: Readonly<Record<string, Rule>> = {
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Expand: (call, emit) => [sumTo(emit, call.gradient, call.input())],
  Identity: pass,
  Dropout: pass,
  Cast: (call, emit) => [emit.node("Cast", [call.gradient], { to: attr.int(emit.facts.type(call.input())!) })],
  CastLike: (call, emit) => [emit.node("CastLike", [call.gradient, call.input()])],
};
