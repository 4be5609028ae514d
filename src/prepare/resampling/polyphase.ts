import { firwin } from "../filters/fir-design.js";
import { kaiserWindow } from "../filters/windows.js";
import type { RowKernel } from "../step.js";

/** Number of samples that `samples` become: ceil(samples * up / down). */
export function polyphaseLength(samples: number, up: number, down: number): number {
  return Math.ceil((samples * up) / down);
}

/**
 * Polyphase resampling by up / down (coprime): scipy.signal.resample_poly with its default filter, a Kaiser (beta 5)
 * windowed sinc of 20 max(up, down) + 1 taps. Outside the window the signal counts as zero (SciPy's padtype "constant"), or
 * as its mean within (padtype "mean"). With zeros the ends of a window with a large offset fall towards zero.
 */
export function polyphaseResampler(samples: number, up: number, down: number, padding: "zero" | "mean"): RowKernel {
  const slower = Math.max(up, down);
  const half = 10 * slower;
  const taps = firwin(kaiserWindow(5, 2 * half + 1), 0, 1 / slower);
  // Output i is sum_j taps[half + i down - j up] x[j]. The taps it meets depend on (half + i down) mod up alone: its
  // phase. Each phase's taps are stored in the order of ascending j.
  const perPhase = Math.ceil(taps.length / up);
  const bank = new Float64Array(up * perPhase);
  for (let phase = 0; phase < up; phase++) {
    for (let t = 0; t < perPhase; t++) {
      const tap = phase + (perPhase - 1 - t) * up;
      bank[phase * perPhase + t] = tap < taps.length ? up * taps[tap]! : 0;
    }
  }
  const length = polyphaseLength(samples, up, down);
  return (x, from, y, to) => {
    const level = padding === "mean" ? mean(x, from, samples) : 0;
    for (let i = 0; i < length; i++) {
      const position = half + i * down;
      const phase = position % up;
      const firstSample = (position - phase) / up - perPhase + 1;
      const bankAt = phase * perPhase - firstSample;
      const end = Math.min(samples, firstSample + perPhase);
      let sum = 0;
      for (let j = Math.max(0, firstSample); j < end; j++) sum += bank[bankAt + j]! * (x[from + j]! - level);
      y[to + i] = sum + level;
    }
  };
}

/** Of values near one another: the first is taken off, so that a large offset costs no digits and a constant stays one. */
function mean(x: Float64Array, from: number, count: number): number {
  const first = x[from]!;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += x[from + i]! - first;
  return first + sum / count;
}
