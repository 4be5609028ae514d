import { BioxError } from "../../errors.js";
import { isObject, type Json } from "./describe.js";
import type { HalfFacts, HalfPort } from "./half-facts.js";

/**
 * Refuses halves that were cut elsewhere than a report says: with the right sizes they would run, and give answers that mean nothing.
 *
 * @param report of `biox select` or `biox align`, which name the tensors as `new.tensor` and `old.tensor`; others say nothing of them
 * @param path of the report, for messages
 * @throws BioxError BUNDLE_SHAPE
 */
export function requirePlaces(
  report: Json,
  path: string,
  halves: { readonly lower: HalfFacts; readonly upper: HalfFacts },
): void {
  const require = (side: "new" | "old", ports: readonly HalfPort[], half: string): void => {
    const position = report[side];
    const tensor = isObject(position) ? position.tensor : undefined;
    if (typeof tensor !== "string" || ports.some(({ name }) => name === tensor)) return;
    const there = ports.map(({ name }) => `'${name}'`).join(", ");
    throw new BioxError(
      "BUNDLE_SHAPE",
      `Expected ${half} at '${tensor}', as '${path}' says of the ${side} model, but it is ${there}.`,
      `Cut the ${side} model with 'biox cut --at ${tensor}', or give the report of this bridge.`,
    );
  };
  require("new", halves.lower.outputs, "the lower half to end");
  require("old", halves.upper.inputs, "the upper half to begin");
}
