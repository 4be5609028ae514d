import { plainDomain } from "../opset.js";
import type { Emitter } from "./emitter.js";
import { isStatic } from "./facts/fact.js";
import { guarded } from "./facts/facts.js";
import type { Forward } from "./forward.js";
import { accumulate, type Piece } from "./piece.js";
import { BackwardCall } from "./rule.js";
import { RULES } from "./rules/index.js";
import { unsupported } from "./unsupported.js";

/**
 * Goes through a forward pass in reverse and writes how the gradient of its result becomes that of its input.
 *
 * @param seed gradient of the loss by `output`
 * @returns the gradient by `input`; undefined where the result does not depend on it
 * @throws BioxError ONNX_UNSUPPORTED for an operator without a rule on the way
 */
export function backwardPass(
  { nodes, active }: Forward,
  emit: Emitter,
  { input, output, seed }: { input: string; output: string; seed: string },
): string | undefined {
  const collected = new Map<string, (string | Piece)[]>([[output, [seed]]]);
  const gradientOf = (name: string): string | undefined => {
    const parts = active.has(name) ? collected.get(name) : undefined;
    if (parts === undefined) return undefined;
    const shape = emit.shape(name);
    const sum = accumulate(emit, parts, isStatic(shape) ? shape : []);
    collected.set(name, [sum]);
    return sum;
  };
  for (const node of nodes.toReversed()) {
    if (!node.input.some((name) => active.has(name)) && !node.attribute.some(({ g }) => g)) continue;
    const gradients = node.output.map(gradientOf);
    if (gradients.every((gradient) => gradient === undefined)) continue;
    const call = new BackwardCall(node, emit, gradients, active);
    const rule = plainDomain(node.domain) === "" ? RULES[node.opType] : undefined;
    if (rule === undefined) throw unsupported(call.label);
    for (const [i, part] of guarded(node, () => rule(call, emit)).entries()) {
      if (part === undefined || !call.needs(i)) continue;
      const name = call.input(i);
      const parts = collected.get(name);
      if (parts) parts.push(part);
      else collected.set(name, [part]);
    }
  }
  return gradientOf(input);
}
