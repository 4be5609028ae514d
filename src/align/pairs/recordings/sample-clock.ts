import { BioxError } from "../../../errors.js";

/** A step from one sample to the next above this many periods is a gap. */
const GAP_PERIODS = 1.5;
/** How far the measured rate may be from the one that was given. */
export const RATE_TOLERANCE = 0.02;

/** When the samples of one file were taken. */
export class SampleClock {
  /** When the first sample was taken, in s. */
  readonly start: number;
  /** One period after the last sample, in s. */
  readonly end: number;
  /** Samples before which some are missing. */
  readonly gaps: readonly number[];

  /**
   * @param count samples
   * @param rate in Hz
   * @param times of each sample in s; without them samples are as even as the rate says, from 0 on
   * @throws BioxError FILE_INVALID where times do not ascend, or speak of another rate
   */
  constructor(
    readonly file: string,
    readonly count: number,
    readonly rate: number,
    private readonly times: Float64Array | undefined,
  ) {
    this.gaps = times ? findGaps(file, times, rate) : [];
    this.start = times ? times[0]! : 0;
    this.end = times ? times.at(-1)! + 1 / rate : count / rate;
  }

  /** The same clock with times from 0 on. */
  fromStart(): SampleClock {
    const { file, count, rate, times, start } = this;
    return new SampleClock(
      file,
      count,
      rate,
      times?.map((time) => time - start),
    );
  }

  /** How many samples were taken before a time: the first of them from half a period after it on is not. */
  before(time: number): number {
    const { times, rate, count } = this;
    if (!times) return Math.min(count, Math.max(0, Math.round(time * rate)));
    const limit = time - 0.5 / rate;
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle]! < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether `samples` samples without a gap end at a time, the last of them less than a gap before it. */
  isWhole(time: number, samples: number): boolean {
    const end = this.before(time);
    const begin = end - samples;
    if (begin < 0 || this.gaps.some((gap) => gap > begin && gap < end)) return false;
    return !this.times || time - this.times[end - 1]! <= (GAP_PERIODS + 0.5) / this.rate;
  }

  /** Where the time column has run away from the count of samples by more than `limit` s, gaps aside; undefined where it never has. */
  runsAway(limit: number): { row: number; seconds: number } | undefined {
    if (!this.times) return undefined;
    let away = 0;
    for (let i = 1; i < this.times.length; i++) {
      const step = this.times[i]! - this.times[i - 1]!;
      if (step <= GAP_PERIODS / this.rate) away += step - 1 / this.rate;
      if (Math.abs(away) > limit) return { row: i + 1, seconds: away };
    }
    return undefined;
  }
}

function findGaps(file: string, times: Float64Array, rate: number): number[] {
  const gaps: number[] = [];
  let [sum, steps] = [0, 0];
  for (let i = 1; i < times.length; i++) {
    const step = times[i]! - times[i - 1]!;
    if (!(step > 0))
      throw new BioxError(
        "FILE_INVALID",
        `${file} row ${i + 1}: the time is ${times[i]}, but expected is one after ${times[i - 1]}, that of the row before.`,
        "Sort the rows by time, and leave repeated ones out.",
      );
    if (step > GAP_PERIODS / rate) gaps.push(i);
    else [sum, steps] = [sum + step, steps + 1];
  }
  const measured = steps / sum;
  if (steps > 0 && Math.abs(measured / rate - 1) <= RATE_TOLERANCE) return gaps;
  if (times.length < 2) return gaps;
  const overall = (times.length - 1) / (times.at(-1)! - times[0]!);
  throw new BioxError(
    "FILE_INVALID",
    `${file}: the time column gives ${(steps > 0 ? measured : overall).toPrecision(4)} samples a second, but expected are ${rate}.`,
    "Correct 'rate', or 'timeUnit' (s, ms or us).",
  );
}
