/**
 * One stream's samples in their true order: counters unwrapped, losses counted to the sample, duplicates dropped, restarts noticed,
 * host time given to each sample. What comes out is a ring in which every slot is either a received sample or a marked gap.
 */

import type { SampleBlock, StreamDescriptor } from "../devices/types.js";
import { StreamClock } from "./clock.js";
import { GapFiller } from "./gap-filler.js";
import type { RingWriter } from "./ring.js";

/** A stretch of samples that never arrived. */
export interface Gap {
  /** Ring index of the first lost sample and how many are lost. */
  readonly at: number;
  readonly samples: number;
  /** "lost": counted from the device's own sample index. "restart": the device counted anew, so the number comes from the clock. */
  readonly cause: "lost" | "restart";
}

export interface TimelineStats {
  /** Samples received and stored. */
  samples: number;
  /** Samples that the device sent, or should have sent, and that did not arrive. */
  lost: number;
  duplicates: number;
  restarts: number;
}

/** A jump of the counter beyond this many seconds of samples is a restart, not a loss. */
const LONGEST_LOSS_S = 3600;
/** A serial link repeats nothing: samples "again" that go on for this long are those of a device that began anew. */
const LONGEST_ECHO_S = 1;
/** Period of the device's 32-bit microsecond clock, ms. */
const CLOCK_WRAP_MS = 2 ** 32 / 1000;

export class Timeline {
  readonly stats: TimelineStats = { samples: 0, lost: 0, duplicates: 0, restarts: 0 };
  private readonly clock: StreamClock;
  private readonly channels: number;
  /** Host ms between two samples. */
  private readonly period: number;
  private readonly filler: GapFiller;
  private readonly last: Float64Array;
  private started = false;
  private restarting = false;
  /** Counter of the next sample as the device counts, modulo 2^32. */
  private next: number | undefined;
  private written = 0;
  private lastTime = 0;
  private device: { timeUs: number; ms: number; arrival: number } | undefined;
  private echo = { next: -1, samples: 0 };

  /**
   * @param stream rate, channels and clock speed, as the device describes them
   * @param onGap told of every gap, in order, after its slots are marked
   */
  constructor(
    private readonly stream: StreamDescriptor,
    private readonly ring: RingWriter,
    private readonly onGap: (gap: Gap) => void = () => {},
  ) {
    this.channels = stream.channels.length;
    this.clock = new StreamClock(stream.speed);
    this.period = 1000 / (stream.rate * stream.speed);
    this.filler = new GapFiller(ring, this.channels, this.period);
    this.last = new Float64Array(this.channels);
    this.next = stream.next;
  }

  /** Samples in the ring so far, gaps included. */
  get length(): number {
    return this.written;
  }

  /** A hello that came later: a counter that has gone back shows that the device restarted. */
  describe(stream: StreamDescriptor): void {
    if (!this.started || this.next === undefined || stream.next === undefined) return;
    if (signed(stream.next, this.next) < 0) this.restarting = true;
  }

  /**
   * Takes one block as decoded and returns how many of its samples are new: its last ones.
   *
   * @param arrival time of receipt that the clock uses, epoch ms
   * @param received time of receipt that latency is counted from, epoch ms
   */
  push(block: SampleBlock, arrival: number, received: number): number {
    if (block.count === 0) return 0;
    const step = this.next === undefined ? 0 : signed(block.index, this.next);
    const jump = Math.abs(step) > LONGEST_LOSS_S * this.stream.rate;
    const anew =
      this.restarting || jump || (block.restarted && step !== 0) || (step < 0 && this.isTooLongForEcho(block));
    if (anew) this.restart();
    else if (step < 0 && -step >= block.count) {
      this.stats.duplicates += block.count;
      return 0;
    }
    const again = anew || step >= 0 ? 0 : -step;
    this.stats.duplicates += again;

    const end = this.observe(block, arrival);
    const start = end - (block.count - 1) * this.period;
    const missing = anew ? this.missingSince(start) : Math.max(0, step);
    if (missing > 0) this.gap(missing, anew ? "restart" : "lost", block, start, received);
    const count = block.count - again;
    this.store(block.values.subarray(again * this.channels), count, end - (count - 1) * this.period, received);
    this.next = (block.index + block.count) >>> 0;
    return count;
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

  private restart(): void {
    this.clock.restart();
    this.device = undefined;
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

  /** Moves the unwrapped device clock to this block; host time of the block's last sample. */
  private observe(block: SampleBlock, arrival: number): number {
    let ms = block.timeUs / 1000;
    if (this.device) {
      // The clock wraps each 71.6 min: after an outage the time that passed here tells how often it has.
      const step = (block.timeUs - this.device.timeUs) / 1000;
      const passed = (arrival - this.device.arrival) * this.stream.speed;
      ms = this.device.ms + step + Math.round((passed - step) / CLOCK_WRAP_MS) * CLOCK_WRAP_MS;
    }
    this.device = { timeUs: block.timeUs, ms, arrival };
    return this.clock.observe(ms + ((block.count - 1) * 1000) / this.stream.rate, arrival);
  }

  private gap(samples: number, cause: Gap["cause"], block: SampleBlock, until: number, received: number): void {
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
    this.filler.fill(samples, this.last, after, from, until, received);
    this.written += samples;
    this.stats.lost += samples;
    this.lastTime = until - (until - from) / (samples + 1);
    this.onGap({ at: this.written - samples, samples, cause });
  }

  /** A sample that is not a number (a float format can carry one) is as good as lost: it is marked, and the one before it held. */
  private store(values: Float64Array, count: number, firstTime: number, received: number): void {
    const { channels, period } = this;
    const timeOf = (i: number): number => firstTime + i * period;
    let from = 0;
    for (let i = 0; i <= count; i++) {
      if (i < count && allFinite(values, i * channels, channels)) continue;
      if (i > from) {
        this.ring.write(values.subarray(from * channels), i - from, timeOf(from), period, received);
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
