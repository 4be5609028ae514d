import type { Emitter } from "../emitter.js";
import type { Rule } from "../rule.js";
import { sumTo } from "../sum.js";

const masked = (emit: Emitter, condition: string, yes: string | undefined, no: string | undefined) => {
  const zero = emit.scalar(0, (yes ?? no)!);
  return emit.node("Where", [condition, yes ?? zero, no ?? zero]);
};

/** Each side gets the gradient where it was chosen. */
const where: Rule = (call, emit) => {
  const [condition, g] = [call.input(0), call.gradient];
  return [
    undefined,
    call.needs(1) ? sumTo(emit, masked(emit, condition, g, undefined), call.input(1)) : undefined,
    call.needs(2) ? sumTo(emit, masked(emit, condition, undefined, g), call.input(2)) : undefined,
  ];
};

export const CHOICE: Readonly<Record<string, Rule>> = { Where: where };
