/** Tells an emulator when its next samples are due, whatever the steps are in which time passes. */
export class EmulatedClock {
  #ms = 0;
  #sent = 0;

  constructor(readonly rate: number) {}

  /** How many samples fall into the next `ms` milliseconds; the first one is due at once. */
  advance(ms: number): number {
    this.#ms += ms;
    const due = Math.floor((this.#ms * this.rate) / 1000 + 1e-9) + 1 - this.#sent;
    this.#sent += due;
    return due;
  }
}

/** `value` as a whole number within a range, as a converter gives it. */
export function converted(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Math.round(value)));
}
