import { SampleOutput } from "../sample-output.js";
import type { DeviceMessage, StreamDescriptor } from "../types.js";

/** More values than the board's buffers hold: a packet with more is damaged. */
export const MOST_VALUES = 512;
/** How much a time stamp may be off: a sample waits in the sensor until it is fetched. */
const JITTER_MS = 60;
const JITTER_SAMPLES = 0.75;

/** Samples of one tag. They have no number, so losses are counted by the time stamps. */
export class Series {
  readonly #output: SampleOutput;
  readonly #periodMs: number;
  #next = 0;
  #last: number | undefined;

  constructor(stream: StreamDescriptor) {
    this.#periodMs = 1000 / stream.rate;
    this.#output = new SampleOutput(stream, MOST_VALUES);
  }

  /** The board says that values of the next block lay at an end of the range. */
  noteClipped(): void {
    this.#output.block.clipped = true;
  }

  /** The board says that it lost samples before the next block. */
  noteDropped(): void {
    this.#output.block.dropped = true;
  }

  /** The board has begun anew: the next block continues nothing. */
  noteRestart(): void {
    if (this.#last !== undefined) this.#output.block.restarted = true;
    this.#last = undefined;
  }

  reset(): void {
    this.#next = 0;
    this.#last = undefined;
    const { block } = this.#output;
    block.clipped = block.dropped = block.restarted = false;
  }

  /** `timestamp`: when the last of `count` values, 1 to 512, was measured, ms since the board started. */
  take(timestamp: number, values: Float64Array, count: number, onMessage: (message: DeviceMessage) => void): void {
    const { block } = this.#output;
    if (this.#last !== undefined) this.#next += this.#lost(timestamp - this.#last - count * this.#periodMs);
    // So that whoever measures the gap by the clock sees that the number is none.
    if (block.restarted) this.#next += MOST_VALUES;
    this.#last = timestamp;
    for (let i = 0; i < count; i++) this.#output.values[i] = values[i]!;
    const firstMs = timestamp - (count - 1) * this.#periodMs;
    const index = this.#next;
    this.#next += count;
    this.#output.deliverMany(count, index, firstMs * 1000, onMessage);
    block.clipped = block.dropped = block.restarted = false;
  }

  /** Samples that fit into `excessMs` more than was to be expected. */
  #lost(excessMs: number): number {
    if (excessMs < Math.max(JITTER_MS, JITTER_SAMPLES * this.#periodMs)) return 0;
    return Math.round(excessMs / this.#periodMs);
  }
}
