import { attr } from "../../attribute.js";
import type { Rule } from "../rule.js";
import { placesOf, scatterTo } from "../scatter.js";

/** What constants were put around is cut out again, by pads of the other sign; what was copied there goes back to its source. */
const pad: Rule = (call, emit) => {
  call.onlyFirst();
  const [x, pads, axes] = [call.input(0), call.input(1), call.input(3)];
  const mode = call.string("mode", "constant");
  if (mode !== "constant") {
    const inputs = [placesOf(emit, x), pads, ...(axes === "" ? [] : ["", axes])];
    return [scatterTo(emit, call.gradient, emit.node("Pad", inputs, { mode: attr.string(mode) }), x)];
  }
  const known = emit.facts.values(pads);
  const less = known ? emit.ints(known.map((size) => -size)) : emit.node("Neg", [pads]);
  const zero = emit.scalar(0, call.gradient);
  return [emit.node("Pad", [call.gradient, less, zero, ...(axes === "" ? [] : [axes])])];
};

export const PADDING: Readonly<Record<string, Rule>> = { Pad: pad };
