import type { ChannelDescriptor, DeviceMessage, SampleBlock, StreamDescriptor } from "./types.js";

/** A channel of raw counts (`unit` "adc"), or of values that already have their unit. */
export function channel(name: string, unit: string, scale = 1): ChannelDescriptor {
  return { name, unit, scale, offset: 0 };
}

/** The one sample block of a stream, used again for each delivery of one sample. */
export class SampleOutput {
  /** Values of the sample, one a channel, in physical units: to be set before `deliver`. */
  readonly values: Float64Array;
  readonly #block: SampleBlock;
  readonly #message: DeviceMessage;
  readonly #periodUs: number;

  constructor({ id, rate, channels }: StreamDescriptor) {
    this.values = new Float64Array(channels.length);
    this.#periodUs = 1e6 / rate;
    this.#block = {
      stream: id,
      index: 0,
      timeUs: 0,
      count: 1,
      values: this.values,
      restarted: false,
      clipped: false,
      dropped: false,
    };
    this.#message = { type: "samples", block: this.#block };
  }

  /**
   * Delivers `values` as sample `index`, counted from 0 without wrapping. `timeUs`: the device's clock where there is one;
   * otherwise the time of that index at the nominal rate. Both are taken modulo 2^32.
   */
  deliver(
    index: number,
    onMessage: (message: DeviceMessage) => void,
    timeUs = index * this.#periodUs,
    restarted = false,
  ): void {
    this.#block.index = index % 2 ** 32;
    this.#block.timeUs = Math.floor(timeUs) % 2 ** 32;
    this.#block.restarted = restarted;
    onMessage(this.#message);
  }
}
