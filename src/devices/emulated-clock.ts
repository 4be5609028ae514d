/** Tells an emulator when its next samples are due, whatever the steps are in which time passes. */
export class EmulatedClock {
  #ms = 0;
  #sent = 0;

  constructor(readonly rate: number) {}

  /** How many samples fall into the next `ms` milliseconds, their end left out; the first one begins them. */
  advance(ms: number): number {
    this.#ms += ms;
    // Less a trifle, so that a sum of steps that is a little more than a whole number is not one sample more.
    const due = Math.max(0, Math.ceil((this.#ms * this.rate) / 1000 - 1e-6) - this.#sent);
    this.#sent += due;
    return due;
  }
}

/** `value` as a whole number within a range, as a converter gives it. */
export function converted(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Math.round(value)));
}
