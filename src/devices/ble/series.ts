import { SampleOutput } from "../sample-output.js";
import type { DeviceMessage, StreamDescriptor } from "../types.js";

/** A jump of the clock beyond this is a restart of the sensor, not a loss. */
const LONGEST_LOSS_US = 3600e6;
/** Excess of time that is jitter, in samples. */
const JITTER_SAMPLES = 0.5;

/** Samples of one stream that have times but no numbers: what is missing between two blocks is counted by the time. */
export class Series {
  readonly #output: SampleOutput;
  readonly #channels: number;
  readonly #periodUs: number;
  #next = 0;
  #lastUs: number | undefined;

  constructor(stream: StreamDescriptor, most: number) {
    this.#channels = stream.channels.length;
    this.#periodUs = 1e6 / stream.rate;
    this.#output = new SampleOutput(stream, most);
  }

  reset(): void {
    this.#next = 0;
    this.#lastUs = undefined;
  }

  /**
   * @param lastUs time of the last sample, microseconds that never wrap
   * @param values `count` samples, copied
   * @param mayHaveLost false where it is known that nothing is missing, however late the block is
   */
  take(
    lastUs: number,
    count: number,
    values: ArrayLike<number>,
    mayHaveLost: boolean,
    onMessage: (message: DeviceMessage) => void,
  ): void {
    const { block, values: into } = this.#output;
    const passed = this.#lastUs === undefined ? count * this.#periodUs : lastUs - this.#lastUs;
    block.restarted = passed <= 0 || passed > LONGEST_LOSS_US;
    const excess = passed / this.#periodUs - count;
    // A nominal rate is never exact: less than a tenth of a long block is no loss.
    if (block.restarted) this.#next++;
    else if (mayHaveLost && excess > Math.max(JITTER_SAMPLES, count / 10)) this.#next += Math.round(excess);
    this.#lastUs = lastUs;
    for (let i = 0; i < count * this.#channels; i++) into[i] = values[i]!;
    const firstUs = lastUs - (count - 1) * this.#periodUs;
    const index = this.#next;
    this.#next += count;
    this.#output.deliverMany(count, index, firstUs, onMessage);
  }
}
