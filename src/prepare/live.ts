import { BioxError, invalidArgument } from "../errors.js";
import { CausalFilters } from "./causal-filters.js";
import type { LinearFilter } from "./filters/filter.js";
import { checkSignal } from "./signal.js";
import type { LivePreparation, PreparedArray, SignalShape } from "./types.js";
import type { WindowRunner } from "./window-runner.js";

/** Samples that pass through the causal filters at a time. */
const BLOCK = 1024;

/** A continuous stream: causally filtered samples in a ring for each channel, newest window on demand. */
export class LiveStream implements LivePreparation {
  readonly #filters: CausalFilters;
  /** One ring of `samples` values for each channel, row after row. */
  readonly #ring: Float64Array;
  readonly #block = new Float64Array(BLOCK);
  /** Index in each ring of its oldest value, which is the next to be overwritten. */
  #oldest = 0;
  #held = 0;

  constructor(
    private readonly input: SignalShape,
    filters: readonly LinearFilter[],
    private readonly runner: WindowRunner,
  ) {
    this.#filters = new CausalFilters(filters, input.channels);
    this.#ring = new Float64Array(input.channels * input.samples);
  }

  get ready(): boolean {
    return this.#held === this.input.samples;
  }

  push(signal: readonly Float64Array[], count: number): void {
    if (!Number.isSafeInteger(count) || count < 0)
      throw invalidArgument("count", "a whole number of at least 0", count);
    const { channels, samples } = this.input;
    checkSignal(signal, channels, count);
    const block = this.#block;
    const ring = this.#ring;
    for (let done = 0; done < count; done += BLOCK) {
      const size = Math.min(BLOCK, count - done);
      let at = this.#oldest;
      for (let channel = 0; channel < channels; channel++) {
        const source = signal[channel]!;
        this.#filters.run(channel, source, done, block, 0, size);
        at = this.#oldest;
        for (let i = 0; i < size; i++) {
          ring[channel * samples + at] = block[i]!;
          at = at + 1 === samples ? 0 : at + 1;
        }
      }
      this.#oldest = at;
    }
    this.#held = Math.min(samples, this.#held + count);
  }

  prepare(out: PreparedArray): void {
    const { channels, samples } = this.input;
    this.runner.checkOutput(out);
    if (!this.ready)
      throw new BioxError(
        "PREPARE_INVALID",
        `The live window holds ${this.#held} of ${samples} samples so far.`,
        "Call prepare once ready is true.",
      );
    const window = this.runner.window;
    for (let row = 0; row < channels * samples; row += samples) {
      const newer = samples - this.#oldest;
      for (let i = 0; i < newer; i++) window[row + i] = this.#ring[row + this.#oldest + i]!;
      for (let i = 0; i < this.#oldest; i++) window[row + newer + i] = this.#ring[row + i]!;
    }
    this.runner.run(out);
  }

  reset(): void {
    this.#filters.reset();
    this.#oldest = 0;
    this.#held = 0;
  }
}
