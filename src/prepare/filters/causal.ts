import type { FilterState, LinearFilter } from "./filter.js";

/**
 * One filter running over one continuous channel, started in the steady state of the channel's first sample:
 * scipy.signal.sosfilt or lfilter with zi * x[0], without a start-up transient from zero to the sensor's offset.
 * (Written as in zero-phase.ts: the first sample is subtracted, its share of the output added back.)
 */
export class CausalChannel {
  readonly #state: FilterState;
  readonly #dcGain: number;
  #first = 0;
  #started = false;

  constructor(filter: LinearFilter) {
    this.#state = filter.createState();
    this.#dcGain = filter.dcGain;
  }

  /** Filters x[from .. from + count) in place. How a stream is cut into calls does not change the result. */
  run(x: Float64Array, from: number, count: number): void {
    if (count === 0) return;
    if (!this.#started) {
      this.#first = x[from]!;
      this.#started = true;
    }
    const first = this.#first;
    const offset = this.#dcGain * first;
    const end = from + count;
    for (let i = from; i < end; i++) x[i] = x[i]! - first;
    this.#state.run(x, from, count);
    for (let i = from; i < end; i++) x[i] = x[i]! + offset;
  }

  reset(): void {
    this.#state.clear();
    this.#started = false;
  }
}
