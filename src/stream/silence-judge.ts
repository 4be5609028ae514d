import type { SampleBlock, StreamDescriptor } from "../devices/types.js";
import type { Timeline } from "./timeline.js";

/** Nothing for so long, and for so many times as long as a block lasts, leaves open whether samples are missing. */
const SILENCE_MS = 1000;
const SILENCE_BLOCKS = 4;
/** Less than this, ms, and than this share of the silence, is delay, or a drift or rate that has not been found. */
const LEAST_LATE_MS = 250;
const LEAST_LATE_SHARE = { device: 0.01, count: 0.1 } as const;
/** So long it is watched, ms, whether samples come faster than they are taken: half as fast again is catching up. */
const WATCH_MS = 1000;
const CATCHING_UP = 0.5;
/** Seconds of samples that are held back at most. */
const MOST_S = 120;

interface Held {
  readonly block: SampleBlock;
  readonly arrival: number;
  readonly received: number;
  /** ms that it is later than expected. */
  readonly late: number;
}

/**
 * After a silence, tells a gap from a burst. A device that was held up (a radio's buffer) sends all it has taken, faster than it took
 * it, until it has caught up; one that took none, or began anew with numbers that are ahead by less than the silence, goes on at its
 * usual pace, and stays late. Until that is clear, 1 s or until it has caught up, samples are held back; then those that must be
 * missing are marked before them. What number and clock of a device explain is not late.
 */
export class SilenceJudge {
  private held: Held[] = [];
  private heldSamples = 0;
  private least = LEAST_LATE_MS;
  private lastArrival = Number.POSITIVE_INFINITY;
  private lastMs = 0;
  /** Samples a second. */
  private readonly rate: number;

  /** @param deliver is given each block, in order; it pushes it into the timeline */
  constructor(
    private readonly timeline: Timeline,
    private readonly stream: StreamDescriptor,
    private readonly deliver: (block: SampleBlock, arrival: number, received: number) => void,
  ) {
    this.rate = stream.rate * stream.speed;
  }

  /** Takes a block, whose values may change after the call. */
  take(block: SampleBlock, arrival: number, received: number): void {
    const silence = arrival - this.lastArrival;
    const long = silence > Math.max(SILENCE_MS, SILENCE_BLOCKS * this.lastMs);
    this.lastArrival = arrival;
    this.lastMs = (1000 * block.count) / this.rate;
    const open = long || this.held.length > 0;
    const late = open && !block.restarted ? this.timeline.lateness(block, arrival) : undefined;
    if (late === undefined) {
      this.flush();
      this.deliver(block, arrival, received);
      return;
    }
    if (this.held.length === 0) this.least = Math.max(LEAST_LATE_MS, LEAST_LATE_SHARE[this.stream.clock] * silence);
    this.held.push({ block: { ...block, values: block.values.slice() }, arrival, received, late });
    this.heldSamples += block.count;
    this.judge();
  }

  /** Delivers what is held back: no more will come that could tell. */
  flush(): void {
    const { held } = this;
    if (held.length === 0) return;
    this.held = [];
    this.heldSamples = 0;
    for (const { block, arrival, received } of held) this.deliver(block, arrival, received);
  }

  private judge(): void {
    const first = this.held[0]!;
    const newest = this.held.at(-1)!;
    const watched = newest.arrival - first.arrival;
    if (newest.late > this.least) {
      const catchingUp = watched < WATCH_MS || first.late - newest.late >= CATCHING_UP * watched;
      if (catchingUp && this.heldSamples < MOST_S * this.rate) return;
      this.timeline.miss(this.held.reduce((least, { late }) => Math.min(least, late), newest.late));
    }
    this.flush();
  }
}
