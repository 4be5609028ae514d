import { type Rule, unsupported } from "../rule.js";
import { scatterTo } from "../scatter.js";
import { spreadTo } from "../sum.js";

/** The gradient goes to the element that was largest; among equal ones to the one that MaxPool itself names, the first. */
const maxPool: Rule = (call, emit) => {
  if (call.int("storage_order", 0) === 1) throw unsupported(`${call.label} with storage_order 1`);
  return [scatterTo(emit, call.gradient, call.output(1), call.input())];
};

const globalAveragePool: Rule = (call, emit) => {
  const spatial = call.extents(call.input()).slice(2);
  const share = 1 / spatial.reduce((a, b) => a * b, 1);
  return [spreadTo(emit, emit.mul(call.gradient, share), call.input())];
};

export const POOLING: Readonly<Record<string, Rule>> = { MaxPool: maxPool, GlobalAveragePool: globalAveragePool };
