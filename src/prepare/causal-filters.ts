import { CausalChannel } from "./filters/causal.js";
import type { LinearFilter } from "./filters/filter.js";

/** Greatest sample that a causal filter takes. No sensor's unit comes near it; a damaged float value does. */
export const LARGEST_CAUSAL_INPUT = 1e30;
/** Greatest value that may come out; room for what a filter adds, and far below where its state would overflow. */
const LARGEST_OUTPUT = 1e40;

/**
 * The causal filters of every channel, each with state of its own.
 *
 * A recursive filter that has once taken in too large a value would give no finite number, or none that means anything,
 * for ever. So a sample above 1e30, or one at which the output exceeds 1e40 or is not finite, becomes NaN, and the
 * channel's filters start anew with the sample after it.
 */
export class CausalFilters {
  readonly #channels: readonly (readonly CausalChannel[])[];

  constructor(
    private readonly filters: readonly LinearFilter[],
    channels: number,
  ) {
    this.#channels = Array.from({ length: channels }, () => filters.map((filter) => new CausalChannel(filter)));
  }

  /** Without any filter samples are passed on as they are. */
  get empty(): boolean {
    return this.filters.length === 0;
  }

  /**
   * Filters x[from .. from + count) into y[to ..]. How a stream is cut into calls does not change the result.
   * `x` and `y` are different arrays.
   */
  run(channel: number, x: Float64Array, from: number, y: Float64Array, to: number, count: number): void {
    const filters = this.#channels[channel]!;
    let done = 0;
    while (done < count) {
      let size = 0;
      for (; done + size < count; size++) {
        const value = x[from + done + size]!;
        if (!this.empty && Math.abs(value) > LARGEST_CAUSAL_INPUT) break;
        y[to + done + size] = value;
      }
      for (let i = 0; i < filters.length; i++) filters[i]!.run(y, to + done, size);
      if (!this.empty) size = goodValues(y, to + done, size);
      done += size;
      if (done === count) return;
      y[to + done++] = Number.NaN;
      for (let i = 0; i < filters.length; i++) filters[i]!.reset();
    }
  }

  reset(): void {
    for (const filters of this.#channels) for (const filter of filters) filter.reset();
  }
}

/** How many values from index `from` on are within range before the first that is not. */
function goodValues(y: Float64Array, from: number, count: number): number {
  let good = 0;
  while (good < count && Math.abs(y[from + good]!) <= LARGEST_OUTPUT) good++;
  return good;
}
