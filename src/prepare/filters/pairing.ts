import { type Complex, magnitude, subtract } from "./complex.js";
import type { ZeroPoleGain } from "./prototype.js";
import type { Section } from "./sections.js";

/** As in SciPy: an imaginary part of fewer than 100 rounding errors is none. */
function isReal(value: Complex): boolean {
  return Math.abs(value.im) <= 100 * Number.EPSILON * magnitude(value);
}

/** Removes and returns the element with the least `cost`. */
function takeLeast<T>(values: T[], cost: (value: T) => number): T {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (cost(values[i]!) < cost(values[best]!)) best = i;
  return values.splice(best, 1)[0]!;
}

function distanceFromCircle(pole: Complex): number {
  return Math.abs(1 - magnitude(pole));
}

/**
 * Groups poles and zeros into second-order sections: the 'nearest' pairing of scipy.signal.zpk2sos. The pole closest to
 * the unit circle takes the zeros closest to it and comes last, so that intermediate values stay in range.
 *
 * Expects what the low-pass, high-pass and band-pass designs give: real zeros, as many as poles.
 */
export function pairSections({ zeros, poles, gain }: ZeroPoleGain): Section[] {
  const real = poles.filter(isReal).map(({ re }) => ({ re, im: 0 }));
  const upper = poles.filter((pole) => !isReal(pole) && pole.im > 0);
  const freeZeros = zeros.map((zero) => zero.re);
  if (poles.length % 2 === 1) {
    real.push({ re: 0, im: 0 });
    freeZeros.push(0);
  }
  const candidates: Complex[] = [...upper, ...real];
  const sections: Section[] = [];
  while (candidates.length > 0) {
    const pole = takeLeast(candidates, distanceFromCircle);
    const partner =
      pole.im === 0
        ? takeLeast(candidates, (other) => (other.im === 0 ? distanceFromCircle(other) : Number.POSITIVE_INFINITY))
        : { re: pole.re, im: -pole.im };
    const nearness = (zero: number) => magnitude(subtract(pole, { re: zero, im: 0 }));
    const zero1 = takeLeast(freeZeros, nearness);
    const zero2 = takeLeast(freeZeros, nearness);
    sections.unshift({
      b0: 1,
      b1: -(zero1 + zero2),
      b2: zero1 * zero2,
      a1: -(pole.re + partner.re),
      a2: pole.re * partner.re - pole.im * partner.im,
    });
  }
  const first = sections[0]!;
  sections[0] = { ...first, b0: gain, b1: gain * first.b1, b2: gain * first.b2 };
  return sections;
}
