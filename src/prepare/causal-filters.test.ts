import { describe, expect, it } from "vitest";
import { CausalFilters } from "./causal-filters.js";
import { FirFilter } from "./filters/fir.js";
import { SectionFilter } from "./filters/sections.js";

/** `x` filtered in pieces of `size` samples. */
function filtered(filters: CausalFilters, x: number[], size: number): number[] {
  const source = Float64Array.from(x);
  const out = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += size) filters.run(0, source, at, out, at, Math.min(size, x.length - at));
  return Array.from(out);
}

describe("CausalFilters", () => {
  // A sound design amplifies nothing like this; the guard must hold for any filter.
  const amplifier = () => new CausalFilters([new FirFilter(Float64Array.of(0, 1e30))], 1);

  it.each([1, 2, 5])("starts anew where an output is out of range, in pieces of %d", (size) => {
    const out = filtered(amplifier(), [1, 1e20, 1, 2, 2], size);
    expect(out).toEqual([1e30, 1e30, Number.NaN, 2e30, 2e30]);
  });

  it.each([1, 7, 1024])("outlives a state that grows without end, in pieces of %d", (size) => {
    const unstable = new SectionFilter([{ b0: 1, b1: 0, b2: 0, a1: -4, a2: 0 }]);
    const x = Array.from({ length: 400 }, (_, i) => i % 3);
    const out = filtered(new CausalFilters([unstable], 1), x, size);
    const restarts = out.flatMap((value, i) => (Number.isNaN(value) ? [i] : []));
    expect(restarts.length).toBeGreaterThan(3); // 4^67 exceeds 1e40
    expect(out.every((value) => Number.isNaN(value) || Math.abs(value) <= 1e40)).toBe(true);
    const after = restarts[0]! + 1;
    const fresh = filtered(new CausalFilters([unstable], 1), x.slice(after), 1024);
    expect(out.slice(after)).toEqual(fresh);
  });

  it("passes anything on where there is no filter", () => {
    expect(filtered(new CausalFilters([], 1), [1e300, -1e300, 0], 2)).toEqual([1e300, -1e300, 0]);
  });
});
