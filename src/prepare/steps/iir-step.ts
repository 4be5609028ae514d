import { type Band, designIir, type IirPrototype } from "../filters/iir-design.js";
import type { SectionFilter } from "../filters/sections.js";
import type { Parameters } from "../parameters.js";
import type { StepPlace } from "../place.js";

/** Reads `design` (default "butterworth"), `order` 1 to 20, and `ripple` in dB, which only "chebyshev1" has. */
export function readPrototype(parameters: Parameters): IirPrototype {
  const design = parameters.choice("design", ["butterworth", "chebyshev1"], "butterworth");
  const order = parameters.integer("order", { atLeast: 1, atMost: 20 });
  if (design === "chebyshev1")
    return { design, order, ripple: parameters.number("ripple", { atLeast: 1e-6, atMost: 60 }) };
  if (parameters.has("ripple"))
    throw parameters.place.infeasible("has a ripple, which only the design 'chebyshev1' can have");
  return { design, order };
}

/** Largest error in dB at the edges of the band; sound designs are below 1e-6. */
const EDGE_TOLERANCE = 0.01;

/**
 * Designs the filter, or says why float64 cannot hold it: high orders with edges close together, to 0 Hz or to half the
 * rate put poles so near to each other that their rounding makes another filter of them, or an unstable one.
 */
export function designChecked(prototype: IirPrototype, band: Band, rate: number, place: StepPlace): SectionFilter {
  const filter = designIir(prototype, band, rate);
  const expected = prototype.design === "butterworth" ? -10 * Math.log10(2) : -prototype.ripple;
  const edges = [band.low, band.high].filter((edge) => edge !== undefined);
  const exact = edges.every((edge) => Math.abs(filter.gain(edge, rate) - expected) <= EDGE_TOLERANCE);
  if (!filter.stable || !Number.isFinite(filter.dcGain) || !exact)
    throw place.infeasible(
      `of order ${prototype.order} cannot be computed in float64 with edges so close together, to 0 Hz or to half the ${rate} Hz rate`,
      "Lower the order or move the edges.",
    );
  return filter;
}

export function prototypeLine(prototype: IirPrototype): string {
  const ripple = prototype.design === "chebyshev1" ? `, ${prototype.ripple} dB ripple` : "";
  return `${prototype.design} order ${prototype.order}${ripple}`;
}
