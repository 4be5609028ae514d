import { PrefixViews } from "../../framing/views.js";
import type { DeviceMessage, SampleBlock } from "../types.js";

/** More values than the board's buffers hold: a packet with more is damaged. */
export const MOST_VALUES = 512;
/** How much a time stamp may be off: a sample waits in the sensor until it is fetched. */
const JITTER_MS = 60;
const JITTER_SAMPLES = 0.75;

/** Samples of one tag. They have no number, so losses are counted by the time stamps. */
export class Series {
  readonly #block: SampleBlock;
  readonly #message: DeviceMessage;
  readonly #values = new Float64Array(MOST_VALUES);
  readonly #views = new PrefixViews(this.#values);
  readonly #periodMs: number;
  #next = 0;
  #last: number | undefined;

  constructor(stream: number, rate: number) {
    this.#periodMs = 1000 / rate;
    this.#block = {
      stream,
      index: 0,
      timeUs: 0,
      count: 0,
      values: this.#values,
      restarted: false,
      clipped: false,
      dropped: false,
    };
    this.#message = { type: "samples", block: this.#block };
  }

  /** The board says that values of the next block lay at an end of the range. */
  noteClipped(): void {
    this.#block.clipped = true;
  }

  /** The board says that it lost samples before the next block. */
  noteDropped(): void {
    this.#block.dropped = true;
  }

  /** The board has begun anew: the next block continues nothing. */
  noteRestart(): void {
    if (this.#last !== undefined) this.#block.restarted = true;
    this.#last = undefined;
  }

  reset(): void {
    this.#next = 0;
    this.#last = undefined;
    this.#block.clipped = this.#block.dropped = this.#block.restarted = false;
  }

  /** `timestamp`: when the last of the 1 to 512 `values` was measured, ms since the board started. */
  take(timestamp: number, values: readonly number[], onMessage: (message: DeviceMessage) => void): void {
    const block = this.#block;
    if (this.#last !== undefined) this.#next += this.#lost(timestamp - this.#last - values.length * this.#periodMs);
    // So that whoever measures the gap by the clock sees that the number is none.
    if (block.restarted) this.#next += MOST_VALUES;
    this.#last = timestamp;
    this.#values.set(values);
    block.count = values.length;
    block.values = this.#views.prefix(values.length);
    block.index = this.#next % 2 ** 32;
    const firstMs = timestamp - (values.length - 1) * this.#periodMs;
    block.timeUs = (Math.floor(firstMs * 1000) + 2 ** 32) % 2 ** 32;
    this.#next += values.length;
    onMessage(this.#message);
    block.clipped = block.dropped = block.restarted = false;
  }

  /** Samples that fit into `excessMs` more than was to be expected. */
  #lost(excessMs: number): number {
    if (excessMs < Math.max(JITTER_MS, JITTER_SAMPLES * this.#periodMs)) return 0;
    return Math.round(excessMs / this.#periodMs);
  }
}
