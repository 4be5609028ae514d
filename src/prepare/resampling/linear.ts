import type { RowKernel } from "../step.js";

/** Linear interpolation at positions i * (from / to); beyond the last sample its value is held. */
export function linearResampler(fromSamples: number, toSamples: number): RowKernel {
  const spacing = fromSamples / toSamples;
  const last = fromSamples - 1;
  return (x, from, y, to) => {
    for (let i = 0; i < toSamples; i++) {
      const position = i * spacing;
      // Rounding may carry the last position past the end where `to` is far larger than `from`.
      const index = Math.min(Math.floor(position), last);
      const share = position - index;
      const left = x[from + index]!;
      const right = x[from + Math.min(index + 1, last)]!;
      // Equal neighbours must give their own value: rounding noise on a still signal would later be scaled up.
      y[to + i] = left === right ? left : left * (1 - share) + right * share;
    }
  };
}
