/** A jump of a counter or clock beyond this is a restart of the device, not a loss. */
const LONGEST_LOSS_S = 3600;
/** A sample this much later than expected, in periods, has lost ones before it; jitter of printed times is below. */
const LATE = 0.75;
/** Share of the difference that the expected time follows, so that a clock that differs from its nominal rate is not a loss. */
const FOLLOW = 0.05;

/** The number of a line's sample, and where it stands on the device's clock. */
export interface Numbered {
  index: number;
  /** Undefined where the device prints no time. */
  timeUs: number | undefined;
  restarted: boolean;
}

/** Numbers samples by a printed counter or, without one, by printed times; without either by counting. */
export class Numbering {
  readonly #periodMs: number;
  readonly #longest: number;
  #next = 0;
  #sequence: number | undefined;
  #time: number | undefined;
  #expected = 0;
  readonly #out: Numbered = { index: 0, timeUs: undefined, restarted: false };

  constructor(rate: number) {
    this.#periodMs = 1000 / rate;
    this.#longest = LONGEST_LOSS_S * rate;
  }

  /** A line that could not be read held a sample: counts where nothing printed does. */
  skip(): void {
    if (this.#sequence === undefined && this.#time === undefined) this.#next++;
  }

  /**
   * The next sample; valid until the next call.
   *
   * @param sequence printed counter, NaN without one
   * @param timeMs printed time, NaN without one
   * @param wrapMs period of the printed time: 2^32 of its unit
   */
  take(sequence: number, timeMs: number, wrapMs: number): Numbered {
    const out = this.#out;
    const lostByTime = Number.isFinite(timeMs) ? this.#stepTime(timeMs, wrapMs) : 0;
    const lost = Number.isFinite(sequence) ? this.#stepSequence(sequence) : lostByTime;
    out.restarted = lost === undefined || lostByTime === undefined;
    // A restart is shown by a number that goes back to the beginning.
    this.#next = out.restarted ? 0 : this.#next + lost!;
    out.index = this.#next++;
    out.timeUs = this.#time === undefined ? undefined : this.#time * 1000;
    return out;
  }

  /** Samples lost before this one; undefined for a counter that began anew. */
  #stepSequence(sequence: number): number | undefined {
    const last = this.#sequence;
    this.#sequence = sequence;
    if (last === undefined) return 0;
    const lost = sequence - last - 1;
    return lost < 0 || lost > this.#longest ? undefined : lost;
  }

  #stepTime(timeMs: number, wrapMs: number): number | undefined {
    const last = this.#time;
    let step = last === undefined ? 0 : timeMs - (last % wrapMs);
    if (step < 0 && step + wrapMs < LONGEST_LOSS_S * 1000) step += wrapMs;
    const anew = step < 0 || step > LONGEST_LOSS_S * 1000;
    this.#time = last === undefined || anew ? timeMs : last + step;
    if (last === undefined || anew) {
      this.#expected = timeMs + this.#periodMs;
      return anew ? undefined : 0;
    }
    const late = (this.#time - this.#expected) / this.#periodMs;
    const lost = late > LATE ? Math.round(late) : 0;
    this.#expected += (1 + lost + FOLLOW * (late - lost)) * this.#periodMs;
    return lost;
  }
}
