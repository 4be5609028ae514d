import type { ChannelDescriptor, DeviceMessage, SampleBlock, StreamDescriptor } from "./types.js";

/** A channel whose values are raw counts. */
export function counts(name: string): ChannelDescriptor {
  return { name, unit: "adc", scale: 1, offset: 0 };
}

/** A stream of a device that has no clock: times are counted samples at the nominal rate. */
export function countedStream(id: number, name: string, rate: number, channels: ChannelDescriptor[]): StreamDescriptor {
  return { id, name, channels, rate, speed: 1, clock: "count", next: undefined };
}

/** Delivers the samples of such a stream one by one and numbers them as they come. The block is used again and again. */
export class CountedStream {
  /** The sample to send next, one raw count a channel; `send` does not clear it. */
  readonly raw: Float64Array;
  readonly #values: Float64Array;
  readonly #block: SampleBlock;
  readonly #message: DeviceMessage;
  #next = 0;

  constructor(readonly descriptor: StreamDescriptor) {
    const { id, channels } = descriptor;
    this.raw = new Float64Array(channels.length);
    this.#values = new Float64Array(channels.length);
    this.#block = {
      stream: id,
      index: 0,
      timeUs: 0,
      count: 1,
      values: this.#values,
      restarted: false,
      clipped: false,
      dropped: false,
    };
    this.#message = { type: "samples", block: this.#block };
  }

  send(onMessage: (message: DeviceMessage) => void): void {
    const { channels, rate } = this.descriptor;
    for (let c = 0; c < channels.length; c++) {
      const { scale, offset } = channels[c]!;
      this.#values[c] = this.raw[c]! * scale + offset;
    }
    this.#block.index = this.#next >>> 0;
    this.#block.timeUs = Math.round((this.#next / rate) * 1e6) % 2 ** 32;
    this.#next++;
    onMessage(this.#message);
  }
}
