import { invalidArgument } from "../errors.js";
import type { SignalShape } from "./types.js";

/** Most values that may flow between two steps, so that a wrong parameter cannot ask for all memory: 128 MiB. */
export const MOST_VALUES = 2 ** 24;

export function checkShape(input: SignalShape): void {
  const { channels, samples, rate } = input;
  if (!Number.isSafeInteger(channels) || channels < 1)
    throw invalidArgument("input.channels", "a whole number of at least 1", channels);
  if (!Number.isSafeInteger(samples) || samples < 1 || samples * channels > MOST_VALUES)
    throw invalidArgument(
      "input.samples",
      `a whole number of at least 1, with at most ${MOST_VALUES} values in all channels`,
      samples,
    );
  if (!Number.isFinite(rate) || rate <= 0) throw invalidArgument("input.rate", "a rate in Hz above 0", rate);
}

/**
 * Checks `count` samples of each channel before any of them is used. A gap marked by NaN is refused: it would spread
 * over the whole window, and for ever through a causal filter.
 */
export function checkSignal(signal: readonly Float64Array[], channels: number, count: number): void {
  if (!Array.isArray(signal) || signal.length !== channels)
    throw invalidArgument("signal", `${channels} Float64Array, one for each channel`, signal);
  for (let channel = 0; channel < channels; channel++) {
    const samples = signal[channel]!;
    if (!(samples instanceof Float64Array) || samples.length < count)
      throw invalidArgument(`signal[${channel}]`, `a Float64Array of at least ${count} samples`, samples);
    for (let i = 0; i < count; i++)
      if (!Number.isFinite(samples[i]))
        throw invalidArgument(`signal[${channel}][${i}]`, "a finite number", samples[i]);
  }
}
