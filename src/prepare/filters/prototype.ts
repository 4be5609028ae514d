import { type Complex, complex, product, scaled } from "./complex.js";

/** Zeros, poles and gain of a rational transfer function. */
export interface ZeroPoleGain {
  readonly zeros: readonly Complex[];
  readonly poles: readonly Complex[];
  readonly gain: number;
}

/** Angles of the left-half-plane poles against the negative real axis: pi m / 2N for m = -N + 1, -N + 3 .. N - 1. */
function angles(order: number): number[] {
  return Array.from({ length: order }, (_, i) => (Math.PI * (2 * i - order + 1)) / (2 * order));
}

/** Analogue Butterworth low-pass, cutoff (-3 dB) at 1 rad/s. */
export function butterworth(order: number): ZeroPoleGain {
  return { zeros: [], poles: angles(order).map((angle) => complex(-Math.cos(angle), -Math.sin(angle))), gain: 1 };
}

/** Analogue Chebyshev type I low-pass: ripple of `ripple` dB up to 1 rad/s; the poles lie on an ellipse. */
export function chebyshev1(order: number, ripple: number): ZeroPoleGain {
  // expm1 keeps the digits that 10^(ripple / 10) - 1 would lose for a small ripple.
  const epsilon = Math.sqrt(Math.expm1((ripple / 10) * Math.LN10));
  const mu = Math.asinh(1 / epsilon) / order;
  const poles = angles(order).map((angle) =>
    complex(-Math.sinh(mu) * Math.cos(angle), -Math.cosh(mu) * Math.sin(angle)),
  );
  const unityAtZero = product(poles.map((pole) => scaled(pole, -1))).re;
  // An even order starts at the bottom of the ripple.
  return { zeros: [], poles, gain: order % 2 === 0 ? unityAtZero / Math.hypot(1, epsilon) : unityAtZero };
}
