import { sequence } from "../synthetic/sequence.js";

/** Heart rate and breathing of the signal, 1/s: no multiple of one another, so that no two windows are alike. */
const PULSE_HZ = 1.2;
const BREATH_HZ = 0.23;

/**
 * Raw windows to measure with, each a Float64Array of `samples` for every channel: a pulse of two harmonics that breathes, and some
 * noise. Times do not depend on what a window shows, but zeros would let steps such as z-score refuse it.
 *
 * @param rate Hz
 */
export function rawWindows(count: number, channels: number, samples: number, rate: number): Float64Array[][] {
  return Array.from({ length: count }, (_, n) =>
    Array.from({ length: channels }, (_, c) => {
      const noise = sequence(samples, 1 + n * channels + c, 0.05);
      return Float64Array.from({ length: samples }, (_, i) => {
        const turn = 2 * Math.PI * (i / rate + n * 0.37 + c * 0.11);
        const pulse = Math.sin(PULSE_HZ * turn) + 0.4 * Math.sin(2 * PULSE_HZ * turn + 1);
        return pulse * (1 + 0.2 * Math.sin(BREATH_HZ * turn)) + noise[i]!;
      });
    }),
  );
}
