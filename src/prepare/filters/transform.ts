import { add, complex, divide, multiply, product, scaled, squareRoot, subtract } from "./complex.js";
import type { ZeroPoleGain } from "./prototype.js";

// The prototypes have no zeros of their own; each transform below relies on that.
// Formulas: as scipy.signal.lp2lp_zpk, lp2hp_zpk, lp2bp_zpk and bilinear_zpk. Frequencies are in rad/s.

export function toLowpass(prototype: ZeroPoleGain, cutoff: number): ZeroPoleGain {
  const poles = prototype.poles.map((pole) => scaled(pole, cutoff));
  return { zeros: [], poles, gain: prototype.gain * cutoff ** poles.length };
}

export function toHighpass(prototype: ZeroPoleGain, cutoff: number): ZeroPoleGain {
  const poles = prototype.poles.map((pole) => divide(complex(cutoff), pole));
  const gain = prototype.gain / product(prototype.poles.map((pole) => scaled(pole, -1))).re;
  return { zeros: poles.map(() => complex(0)), poles, gain };
}

export function toBandpass(prototype: ZeroPoleGain, low: number, high: number): ZeroPoleGain {
  const bandwidth = high - low;
  const centreSquared = complex(low * high);
  const halves = prototype.poles.map((pole) => scaled(pole, bandwidth / 2));
  const roots = halves.map((half) => squareRoot(subtract(multiply(half, half), centreSquared)));
  return {
    zeros: halves.map(() => complex(0)),
    poles: [...halves.map((half, i) => add(half, roots[i]!)), ...halves.map((half, i) => subtract(half, roots[i]!))],
    gain: prototype.gain * bandwidth ** halves.length,
  };
}

/** Analogue to digital by s = 4 (z - 1) / (z + 1): the bilinear transform at a sampling rate of 2. */
export function bilinear(analogue: ZeroPoleGain): ZeroPoleGain {
  const four = complex(4);
  const mapped = (values: ZeroPoleGain["zeros"]) => values.map((v) => divide(add(four, v), subtract(four, v)));
  const distances = (values: ZeroPoleGain["zeros"]) => product(values.map((v) => subtract(four, v)));
  const atInfinity = analogue.poles.length - analogue.zeros.length;
  return {
    zeros: [...mapped(analogue.zeros), ...Array.from({ length: atInfinity }, () => complex(-1))],
    poles: mapped(analogue.poles),
    gain: analogue.gain * divide(distances(analogue.zeros), distances(analogue.poles)).re,
  };
}
