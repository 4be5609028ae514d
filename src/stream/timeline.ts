/**
 * One stream's samples in their true order: counters unwrapped, losses counted to the sample, duplicates dropped, restarts noticed,
 * host time given to each sample. What comes out is a ring in which every slot is either a received sample or a marked gap.
 */

import type { SampleBlock, StreamDescriptor } from "../devices/types.js";
import { GapFiller } from "./gap-filler.js";
import type { SampleSink } from "./ring.js";
import { StreamTiming, type TimingReport } from "./timing.js";

/** A stretch of samples that never arrived. */
export interface Gap {
  /** Ring index of the first lost sample and how many are lost. */
  readonly at: number;
  readonly samples: number;
  /**
   * "lost": counted from the device's own sample index. "restart": the device counted anew, so the number comes from the clock. "clock":
   * the device's own clock says that it took none for a while; or it counts nothing, or stood still, but later samples came so much too
   * late that some must be missing, and where is known to some seconds only.
   */
  readonly cause: "lost" | "restart" | "clock";
}

export interface TimelineStats {
  /** Samples received and stored. */
  samples: number;
  /** Samples that the device sent, or should have sent, and that did not arrive. */
  lost: number;
  duplicates: number;
  restarts: number;
  /** How often the device's clock was set, back or forth, while its samples went on, or its way here became longer by 250 ms or more. */
  clockJumps: number;
}

export function emptyTimelineStats(): TimelineStats {
  return { samples: 0, lost: 0, duplicates: 0, restarts: 0, clockJumps: 0 };
}

/** A jump of the counter beyond this many seconds of samples is a restart, not a loss. */
const LONGEST_LOSS_S = 3600;
/**
 * A serial link repeats nothing: samples "again" that go on for this long, with no new one between them, are those of a device that began
 * anew.
 */
const LONGEST_ECHO_S = 1;
/** Least share of the period between the times of two samples. */
const CLOSEST = 0.5;

export class Timeline {
  readonly stats = emptyTimelineStats();
  private readonly timing: StreamTiming;
  private readonly channels: number;
  private readonly filler: GapFiller;
  private readonly last: Float64Array;
  private started = false;
  private restarting = false;
  /** Counter of the next sample as the device counts, modulo 2^32. */
  private next: number | undefined;
  private written = 0;
  private lastTime = 0;
  /** Samples that are missing before the next block, though its number does not tell. */
  private missed = 0;
  private echo = { next: -1, samples: 0 };
  /** Host ms between two samples of the newest block: the period, or less. */
  spacing = 0;

  /**
   * @param stream rate, channels and clock speed, as the device describes them
   * @param onGap told of every gap, in order, after its slots are marked
   */
  constructor(
    private readonly stream: StreamDescriptor,
    private readonly ring: SampleSink,
    private readonly onGap: (gap: Gap) => void = () => {},
  ) {
    this.channels = stream.channels.length;
    this.timing = new StreamTiming(stream);
    this.filler = new GapFiller(ring, this.channels);
    this.last = new Float64Array(this.channels);
    this.next = stream.next;
  }

  /** Samples in the ring so far, gaps included. */
  get length(): number {
    return this.written;
  }

  /** Host time of the newest sample, epoch ms. */
  get newest(): number {
    return this.lastTime;
  }

  /** What was found about the stream's clock and rate. */
  get time(): TimingReport {
    return this.timing.report();
  }

  /** Host ms between two samples. */
  get period(): number {
    return this.timing.period;
  }

  /** The link was down: what a device without a running number sent meanwhile is known by the clock alone. */
  interrupted(): void {
    if (this.stream.clock === "count") this.restarting = this.started;
  }

  /** A hello that came later: a counter that has gone back shows that the device restarted. */
  describe(stream: StreamDescriptor): void {
    if (!this.started || this.next === undefined || stream.next === undefined) return;
    if (signed(stream.next, this.next) < 0) this.restarting = true;
  }

  /**
   * How many ms later than expected a block arrives that goes on where the last ended, or behind a loss; undefined where nothing can be
   * expected.
   */
  lateness(block: SampleBlock, arrival: number): number | undefined {
    if (!this.started || this.restarting) return undefined;
    if (this.stream.clock === "device" && signed(block.index + block.count, this.next!) <= 0) return undefined;
    return this.timing.lateness(block, arrival);
  }

  /**
   * Samples of so many ms, 0 or more, are missing before the next block, beyond those that its number and stamp tell. A device whose
   * own clock does not know of them stood still, or where numbers are left out, too, it began anew.
   */
  miss(ms: number): void {
    this.missed = Math.round(ms / this.period);
    if (this.stream.clock === "count") this.timing.renumber(-this.missed);
    else this.timing.standStill(ms);
  }

  /**
   * Takes one block as decoded and returns how many of its samples are new: its last ones.
   *
   * @param arrival time of receipt that the clock uses, epoch ms
   * @param received time of receipt that latency is counted from, epoch ms
   */
  push(block: SampleBlock, arrival: number, received: number): number {
    if (block.count === 0) return 0;
    const step = this.stepTo(block, arrival);
    const leap = Math.abs(step) > LONGEST_LOSS_S * this.stream.rate;
    const anew =
      this.restarting ||
      leap ||
      this.isNoLoss(step, block, arrival) ||
      (block.restarted && step !== 0) ||
      (step < 0 && this.isTooLongForEcho(block));
    if (anew) this.restart();
    else if (step < 0 && -step >= block.count) {
      this.stats.duplicates += block.count;
      return 0;
    }
    this.echo.samples = 0;
    const again = anew || step >= 0 ? 0 : -step;
    this.stats.duplicates += again;

    const end = this.timing.observe(block, arrival);
    if (this.timing.takeClockSet()) this.stats.clockJumps++;
    const late = this.missed + Math.round(this.timing.takeJump() / this.period);
    this.missed = 0;
    const count = block.count - again;
    const missing = anew ? this.missingSince(end - (count - 1) * this.period) : Math.max(0, Math.max(0, step) + late);
    const start = this.spread(end, count, missing);
    this.gap(missing, anew ? "restart" : late > 0 ? "clock" : "lost", block, start, received);
    this.store(block.values.subarray(again * this.channels), count, start, received);
    this.next = (block.index + block.count) >>> 0;
    return count;
  }

  /**
   * Host time of the first of `count` samples that end at `end`, behind so many missing ones. Times always go on: where the clock has
   * learnt that earlier ones were too late, these follow closer upon one another until it has caught up.
   */
  private spread(end: number, count: number, missing: number): number {
    const { period } = this;
    const start = end - (count - 1) * period;
    const earliest = this.started ? this.lastTime + (missing + 1) * period * CLOSEST : Number.NEGATIVE_INFINITY;
    this.spacing = start >= earliest ? period : Math.max(period * CLOSEST, (end - earliest) / Math.max(1, count - 1));
    return Math.max(start, earliest);
  }

  /** The device says how many samples it has sent in all: those after the last one received are lost. */
  finish(sent: number, received: number): void {
    if (this.next === undefined) return;
    const step = signed(sent >>> 0, this.next);
    if (step <= 0 || step > LONGEST_LOSS_S * this.stream.rate) return;
    const from = this.started ? this.lastTime : received - (step + 1) * this.period;
    this.mark(step, "lost", this.last, from, from + (step + 1) * this.period, received);
    this.next = sent >>> 0;
  }

  /** Samples that are missing before a block by its number, less than 0 where it repeats some. */
  private stepTo(block: SampleBlock, arrival: number): number {
    const step = this.next === undefined ? 0 : signed(block.index, this.next);
    // Without a counter, or with one of few bits, numbers are a guess: at how many frames noise has taken the place of, say.
    if (step <= 0 || this.stream.clock !== "count" || this.restarting || !this.timing.isImpossible(block, arrival))
      return step;
    this.timing.renumber(step);
    return 0;
  }

  /**
   * The number of a device that has a clock has jumped by what no loss explains: to a time that is yet to come, or by less than passed
   * here. It began anew, from numbers that happen to be ahead.
   */
  private isNoLoss(step: number, block: SampleBlock, arrival: number): boolean {
    if (step <= 0 || this.stream.clock === "count") return false;
    return this.missed > 0 || this.timing.isImpossible(block, arrival);
  }

  private restart(): void {
    this.timing.restart();
    this.restarting = false;
    this.echo = { next: -1, samples: 0 };
    if (this.started) this.stats.restarts++;
  }

  /** Samples that the device would have sent between the last one and host time `start`. */
  private missingSince(start: number): number {
    return this.started ? Math.max(0, Math.round((start - this.lastTime) / this.period) - 1) : 0;
  }

  private isTooLongForEcho({ index, count }: SampleBlock): boolean {
    this.echo.samples = index === this.echo.next ? this.echo.samples + count : count;
    this.echo.next = (index + count) >>> 0;
    return this.echo.samples > LONGEST_ECHO_S * this.stream.rate;
  }

  private gap(samples: number, cause: Gap["cause"], block: SampleBlock, until: number, received: number): void {
    if (samples === 0) return;
    const from = this.started ? this.lastTime : until - (samples + 1) * this.period;
    const after = this.firstMeasured(block.values, block.count);
    if (!this.started && after) this.last.set(after);
    this.mark(samples, cause, after ?? this.last, from, until, received);
  }

  private mark(
    samples: number,
    cause: Gap["cause"],
    after: Float64Array,
    from: number,
    until: number,
    received: number,
  ): void {
    this.filler.fill(samples, this.last, after, from, until, this.period, received);
    this.written += samples;
    this.stats.lost += samples;
    this.lastTime = until - (until - from) / (samples + 1);
    this.onGap({ at: this.written - samples, samples, cause });
  }

  /** A sample that is not a number (a float format can carry one) is as good as lost: it is marked, and the one before it held. */
  private store(values: Float64Array, count: number, firstTime: number, received: number): void {
    const { channels, spacing } = this;
    const timeOf = (i: number): number => firstTime + i * spacing;
    let from = 0;
    for (let i = 0; i <= count; i++) {
      if (i < count && allFinite(values, i * channels, channels)) continue;
      if (i > from) {
        this.ring.write(values.subarray(from * channels), i - from, timeOf(from), spacing, received);
        this.written += i - from;
        this.stats.samples += i - from;
        this.last.set(values.subarray((i - 1) * channels, i * channels));
      }
      if (i < count) this.mark(1, "lost", this.last, timeOf(i - 1), timeOf(i + 1), received);
      from = i + 1;
    }
    this.started = true;
    this.lastTime = timeOf(count - 1);
  }

  private firstMeasured(values: Float64Array, count: number): Float64Array | undefined {
    for (let i = 0; i < count; i++)
      if (allFinite(values, i * this.channels, this.channels))
        return values.subarray(i * this.channels, (i + 1) * this.channels);
    return undefined;
  }
}

/** Distance from b to a on a 32-bit counter that wraps. */
function signed(a: number, b: number): number {
  return (a - b) | 0;
}

function allFinite(values: Float64Array, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}
