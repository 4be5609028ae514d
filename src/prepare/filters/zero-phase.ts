import type { RowKernel } from "../step.js";
import type { LinearFilter } from "./filter.js";

/**
 * Forward-backward filtering of rows of `samples` values, with odd padding: scipy.signal.filtfilt and sosfiltfilt.
 *
 * SciPy starts each pass in the steady state of the first value. Here that value is subtracted, the filter starts at
 * rest, and value * dcGain is added back. By linearity this is the same, needs no initial state, loses no precision to
 * a large offset, and turns a constant signal into an exactly constant one.
 *
 * `samples` must exceed `filter.padding`.
 */
export function zeroPhase(filter: LinearFilter, samples: number): RowKernel {
  const { dcGain, padding } = filter;
  const length = samples + 2 * padding;
  const extended = new Float64Array(length);
  const state = filter.createState();
  return (x, from, y, to) => {
    const first = x[from]!;
    const last = x[from + samples - 1]!;
    const start = 2 * first - x[from + padding]!;
    for (let i = 0; i < padding; i++) {
      extended[i] = 2 * first - x[from + padding - i]! - start;
      extended[padding + samples + i] = 2 * last - x[from + samples - 2 - i]! - start;
    }
    for (let i = 0; i < samples; i++) extended[padding + i] = x[from + i]! - start;
    state.clear();
    state.run(extended, 0, length);

    const forwardEnd = extended[length - 1]!;
    for (let i = 0; i < length; i++) extended[i] = extended[i]! - forwardEnd;
    extended.reverse();
    state.clear();
    state.run(extended, 0, length);

    const offset = dcGain * (forwardEnd + dcGain * start);
    for (let i = 0; i < samples; i++) y[to + i] = extended[length - 1 - padding - i]! + offset;
  };
}
