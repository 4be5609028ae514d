import type { DeviceMessage, SampleBlock } from "./types.js";

/** A block of one sample that is filled anew each time, for devices that send sample by sample. */
export class OneSample {
  readonly values: Float64Array;
  readonly block: SampleBlock;
  readonly message: DeviceMessage;

  constructor(stream: number, channels: number) {
    this.values = new Float64Array(channels);
    this.block = {
      stream,
      index: 0,
      timeUs: 0,
      count: 1,
      values: this.values,
      restarted: false,
      clipped: false,
      dropped: false,
    };
    this.message = { type: "samples", block: this.block };
  }

  /** Numbers the sample that `values` holds; `n` and `timeUs` may be beyond 32 bits, below 2^53. */
  at(n: number, timeUs: number): DeviceMessage {
    this.block.index = n % 2 ** 32;
    this.block.timeUs = Math.floor(timeUs) % 2 ** 32;
    return this.message;
  }
}
