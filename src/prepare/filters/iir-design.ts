import { pairSections } from "./pairing.js";
import { butterworth, chebyshev1 } from "./prototype.js";
import { SectionFilter } from "./sections.js";
import { bilinear, toBandpass, toHighpass, toLowpass } from "./transform.js";

/** Pass band in Hz: `high` alone is a low-pass, `low` alone a high-pass, both a band-pass. */
export interface Band {
  readonly low?: number;
  readonly high?: number;
}

/** `ripple` in dB belongs to the Chebyshev design. A band-pass of order N has 2 N poles, as in SciPy. */
export type IirPrototype =
  | { readonly design: "butterworth"; readonly order: number }
  | { readonly design: "chebyshev1"; readonly order: number; readonly ripple: number };

/**
 * Designs an IIR filter as second-order sections: scipy.signal.butter and cheby1 with output='sos'.
 * Edges must lie strictly between 0 and rate / 2.
 */
export function designIir(prototype: IirPrototype, band: Band, rate: number): SectionFilter {
  const analogue =
    prototype.design === "butterworth" ? butterworth(prototype.order) : chebyshev1(prototype.order, prototype.ripple);
  // The bilinear transform bends the frequency axis; edges are bent the other way first.
  const warp = (hertz: number) => 4 * Math.tan((Math.PI * hertz) / rate);
  const { low, high } = band;
  const placed =
    low === undefined
      ? toLowpass(analogue, warp(high!))
      : high === undefined
        ? toHighpass(analogue, warp(low))
        : toBandpass(analogue, warp(low), warp(high));
  return new SectionFilter(pairSections(bilinear(placed)));
}

/**
 * A second-order notch at `frequency` Hz, -3 dB width frequency / q: scipy.signal.iirnotch
 * (Orfanidis, Introduction to Signal Processing, equations 11.3.4 to 11.3.21).
 */
export function designNotch(frequency: number, q: number, rate: number): SectionFilter {
  const w0 = (2 * Math.PI * frequency) / rate;
  const gain = 1 / (1 + Math.tan(w0 / q / 2));
  const middle = -2 * gain * Math.cos(w0);
  return new SectionFilter([{ b0: gain, b1: middle, b2: gain, a1: middle, a2: 2 * gain - 1 }]);
}
