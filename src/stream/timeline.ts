/**
 * One stream's samples in their true order: counters unwrapped, losses counted to the sample, duplicates dropped, restarts noticed,
 * host time given to each sample. What comes out is a ring in which every slot is either a received sample or a marked gap.
 */

import type { SampleBlock, StreamDescriptor } from "../devices/types.js";
import { StreamClock } from "./clock.js";
import type { RingWriter } from "./ring.js";

/** A stretch of samples that never arrived. */
export interface Gap {
  /** Ring index of the first lost sample and how many are lost. */
  readonly at: number;
  readonly samples: number;
  /** "lost": counted from the device's own sample index. "restart": the device counted from 0 again, so the number comes from the clock. */
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

export class Timeline {
  readonly stats: TimelineStats = { samples: 0, lost: 0, duplicates: 0, restarts: 0 };
  private readonly clock: StreamClock;
  private readonly channels: number;
  private readonly period: number;
  private readonly fill: Float64Array;
  private lastValues: Float64Array | undefined;
  /** Unwrapped index of the next sample; ring index = this - origin. */
  private next: number | undefined;
  private written = 0;
  private deviceMs = 0;
  private lastTimeUs: number | undefined;
  private lastSampleTime = 0;
  private restarting = false;

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
    this.fill = new Float64Array(Math.max(1, Math.ceil(stream.rate)) * this.channels);
    this.next = stream.next;
  }

  /** Samples in the ring so far, gaps included. */
  get length(): number {
    return this.written;
  }

  /** A hello that came later: a counter that has gone back shows that the device restarted. */
  describe(stream: StreamDescriptor): void {
    if (this.next === undefined || stream.next === undefined) return;
    if (this.lastValues === undefined) return;
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
    let from = 0;
    if (this.restarting || jump || (block.restarted && step !== 0)) this.restart(block, arrival);
    else if (step > 0) this.gap(step, "lost", block, arrival);
    else if (step < 0) {
      from = Math.min(block.count, -step);
      this.stats.duplicates += from;
      if (from === block.count) return 0;
    }
    this.advanceDevice(block);
    const count = block.count - from;
    const end = this.clock.observe(this.deviceMs + ((block.count - 1) * 1000) / this.stream.rate, arrival);
    const values = from === 0 ? block.values : block.values.subarray(from * this.channels);
    this.storeMeasured(values, count, end - (count - 1) * this.period, received);
    this.next = (block.index + block.count) >>> 0;
    return count;
  }

  /** The device says how many samples it has sent in all: those after the last one received are lost. */
  finish(sent: number, received: number): void {
    if (this.next === undefined) return;
    const step = signed(sent >>> 0, this.next);
    if (step <= 0 || step > LONGEST_LOSS_S * this.stream.rate) return;
    this.hold(step, this.lastSampleTime + this.period, received);
    this.stats.lost += step;
    this.next = sent >>> 0;
    this.onGap({ at: this.written - step, samples: step, cause: "lost" });
  }

  private restart(block: SampleBlock, arrival: number): void {
    const blockStart = arrival - (block.count - 1) * this.period;
    this.stats.restarts++;
    this.clock.restart();
    this.lastTimeUs = undefined;
    this.restarting = false;
    if (this.lastValues === undefined) return;
    const missing = Math.max(0, Math.round((blockStart - this.lastSampleTime) / this.period) - 1);
    if (missing > 0) this.gap(missing, "restart", block, arrival);
  }

  private gap(samples: number, cause: Gap["cause"], block: SampleBlock, received: number): void {
    const from =
      this.lastValues === undefined
        ? received - (samples + block.count) * this.period
        : this.lastSampleTime + this.period;
    // Lost slots lie on the straight line between their neighbours: a filter then rings least, and the mark says that they are not measured.
    const after = block.values;
    const before = this.lastValues ?? after.subarray(0, this.channels);
    const chunk = Math.floor(this.fill.length / this.channels);
    for (let done = 0; done < samples; done += chunk) {
      const n = Math.min(chunk, samples - done);
      for (let i = 0; i < n; i++) {
        const share = (done + i + 1) / (samples + 1);
        for (let c = 0; c < this.channels; c++)
          this.fill[i * this.channels + c] = before[c]! + share * (after[c]! - before[c]!);
      }
      this.store(this.fill, n, from + done * this.period, received, true);
    }
    this.stats.lost += samples;
    this.onGap({ at: this.written - samples, samples, cause });
  }

  private hold(samples: number, from: number, received: number): void {
    const chunk = Math.floor(this.fill.length / this.channels);
    for (let i = 0; i < this.fill.length; i++) this.fill[i] = this.lastValues?.[i % this.channels] ?? 0;
    for (let done = 0; done < samples; done += chunk)
      this.store(this.fill, Math.min(chunk, samples - done), from + done * this.period, received, true);
  }

  /** A sample that is not a number (a float format can carry one) is as good as lost: it is marked, and the one before it held. */
  private storeMeasured(values: Float64Array, count: number, firstTime: number, received: number): void {
    const { channels, period } = this;
    this.lastValues ??= new Float64Array(channels);
    let from = 0;
    for (let i = 0; i <= count; i++) {
      const measured = i < count && allFinite(values, i * channels, channels);
      if (measured) continue;
      if (i > from) {
        this.store(values.subarray(from * channels), i - from, firstTime + from * period, received, false);
        this.lastValues.set(values.subarray((i - 1) * channels, i * channels));
        this.stats.samples += i - from;
      }
      if (i < count) {
        this.store(this.lastValues, 1, firstTime + i * period, received, true);
        this.stats.lost++;
        this.onGap({ at: this.written - 1, samples: 1, cause: "lost" });
      }
      from = i + 1;
    }
  }

  private store(values: Float64Array, count: number, firstTime: number, received: number, missing: boolean): void {
    this.ring.write(values, count, firstTime, this.period, received, missing);
    this.written += count;
    this.lastSampleTime = firstTime + (count - 1) * this.period;
  }

  /** Moves the unwrapped device clock (32-bit microseconds, 71.6 min) to the first sample of the block. */
  private advanceDevice(block: SampleBlock): void {
    if (this.lastTimeUs === undefined) this.deviceMs = block.timeUs / 1000;
    else this.deviceMs += ((block.timeUs - this.lastTimeUs) | 0) / 1000;
    this.lastTimeUs = block.timeUs;
  }
}

function allFinite(values: Float64Array, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/** Distance from b to a on a 32-bit counter that wraps. */
function signed(a: number, b: number): number {
  return (a - b) | 0;
}
