import { PrefixViews } from "../framing/views.js";
import type { DeviceMessage, SampleBlock, StreamDescriptor } from "./types.js";

type OnMessage = (message: DeviceMessage) => void;

/** The one sample block of a stream, filled anew for each delivery. Indices and times may be beyond 32 bits, below 2^53. */
export class SampleOutput {
  /** Values in physical units, the channels of a sample side by side: to be set before they are delivered. */
  readonly values: Float64Array;
  /** Its flags (`clipped`, `dropped`, `restarted`) belong to the caller and stay as they are until it changes them. */
  readonly block: SampleBlock;
  readonly #message: DeviceMessage;
  readonly #views: PrefixViews<Float64Array>;
  readonly #rate: number;
  readonly #width: number;
  #next = 0;

  /** @param most samples that are delivered at once */
  constructor(
    readonly descriptor: StreamDescriptor,
    most = 1,
  ) {
    this.#rate = descriptor.rate;
    this.#width = descriptor.channels.length;
    this.values = new Float64Array(most * this.#width);
    this.#views = new PrefixViews(this.values);
    const flags = { restarted: false, clipped: false, dropped: false };
    this.block = {
      stream: descriptor.id,
      index: 0,
      timeUs: 0,
      count: 1,
      values: this.#views.prefix(this.#width),
      ...flags,
    };
    this.#message = { type: "samples", block: this.block };
  }

  /** Delivers one sample; `timeUs` is the device's clock or, left out, the time of `index` at the nominal rate. */
  deliver(index: number, onMessage: OnMessage, timeUs = (index * 1e6) / this.#rate): void {
    const { block } = this;
    // To unsigned 32 bits is modulo 2^32, and many times faster than %.
    block.index = index >>> 0;
    block.timeUs = Math.floor(timeUs) >>> 0;
    onMessage(this.#message);
  }

  /** Delivers one sample, numbered as they come. */
  deliverNext(onMessage: OnMessage): void {
    this.deliver(this.#next++, onMessage);
  }

  /** Delivers the first `count` samples of `values`; `index` and `timeUs` are those of the first one. */
  deliverMany(count: number, index: number, timeUs: number, onMessage: OnMessage): void {
    this.block.count = count;
    this.block.values = this.#views.prefix(count * this.#width);
    this.deliver(index, onMessage, timeUs);
  }
}
