import type { DeviceMessage } from "./types.js";

/** Turns bits that a device sends with every frame into an event for each change. */
export class Flags {
  #last: number;

  /**
   * @param event name of the event
   * @param names one for each bit, from bit 0
   * @param initial bits that need no event at the start; -1 to report the first ones whatever they are
   */
  constructor(
    readonly event: string,
    readonly names: readonly string[],
    readonly initial = 0,
  ) {
    this.#last = initial;
  }

  /** Delivers `{sample, NAME: boolean, ...}` where the bits differ from those before; `sample` is the running number. */
  take(bits: number, sample: number, onMessage: (message: DeviceMessage) => void): void {
    if (bits === this.#last) return;
    this.#last = bits;
    const data: Record<string, unknown> = { sample };
    for (let bit = 0; bit < this.names.length; bit++) data[this.names[bit]!] = ((bits >> bit) & 1) === 1;
    onMessage({ type: "event", name: this.event, data });
  }

  reset(): void {
    this.#last = this.initial;
  }
}
