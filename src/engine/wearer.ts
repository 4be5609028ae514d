import { BioxError } from "../errors.js";
import type { Preparation, PreparedArray } from "../prepare/index.js";
import { now } from "../stream/feed.js";
import type { RingReader } from "../stream/ring.js";
import { LiveWindow } from "./live-window.js";
import { round } from "./round.js";
import type { Unpredicted } from "./types.js";
import { newestWindow, type WindowPlan, windowEnd } from "./windows.js";

/**
 * A window this old gives way to the newest one. Below it windows are run in order, so that a short hold-up of the machine
 * (a collection of garbage, another program) costs no prediction.
 */
const LATE_MS = 250;
/** Hops, beside those of two windows, that may wait however new they are. */
const MOST_BEHIND = 16;

export interface LiveJob {
  readonly source: string;
  readonly labels: readonly string[];
  /** Channels of the ring that the model reads, in its order. */
  readonly channels: readonly number[];
  /** Samples per device second. */
  readonly rate: number;
  readonly plan: WindowPlan;
  /** Real time between two windows, ms. */
  readonly hopMs: number;
  /** Share of a window that may be lost before it is no longer given to the model. */
  readonly maxLost: number;
  /** Whether filters keep their state from window to window, so that every sample must pass through them. */
  readonly causal: boolean;
}

/** A window that lies prepared in the model's input. */
export interface Taken {
  readonly t: [number, number];
  readonly window: [number, number];
  readonly lost: number;
  readonly quality: number;
  /** When its last byte was received, epoch ms. */
  readonly received: number;
  readonly prepareMs: number;
}

/** One run in the engine thread: which window of its ring comes next, and the preparation with its state. */
export class Wearer {
  /** Windows left out so far. */
  skippedHops = 0;
  private readonly live: LiveWindow;
  private readonly backlog: number;
  private next: number;

  constructor(
    private readonly ring: RingReader,
    readonly job: LiveJob,
    preparation: Preparation,
  ) {
    const { plan } = job;
    this.live = new LiveWindow(ring, job, preparation);
    // A gap of hours arrives at once: its windows, all of them empty, are not worth an answer each.
    this.backlog = MOST_BEHIND + Math.ceil((2 * plan.samples) / plan.hop);
    this.next = Math.max(0, firstWindow(ring, plan));
  }

  /**
   * When the answer to its next window is due, epoch ms: one hop after the window's last byte. Infinity while the window is not
   * complete. It does not move while the window waits, even where a newer one will be run in its stead: so nobody waits for ever.
   */
  get deadline(): number {
    const end = windowEnd(this.job.plan, this.next);
    if (this.ring.head < end) return Number.POSITIVE_INFINITY;
    return this.ring.holds(end - 1) ? this.ring.received(end - 1) + this.job.hopMs : Number.NEGATIVE_INFINITY;
  }

  /** Whether no window will come any more. */
  get ended(): boolean {
    // In this order: the head that is read behind the mark is the last one.
    return this.ring.ended && this.deadline === Number.POSITIVE_INFINITY;
  }

  /** Has the bell ring when the next window is complete. */
  wake(): void {
    this.ring.wakeAt(windowEnd(this.job.plan, this.next));
  }

  /**
   * Prepares the window that is to be run now.
   *
   * @param input of the model; written
   * @returns undefined where the engine is more than a whole ring behind: it counts as skipped, and the newest one comes next
   */
  take(input: PreparedArray): Taken | Unpredicted | undefined {
    const { ring, live, job } = this;
    const { samples } = job.plan;
    this.skipWhatIsLate();
    const end = windowEnd(job.plan, this.next++);
    const start = end - samples;
    const begin = performance.now();
    const { missing, received, ...time } = ring.stretch(start, samples);
    const facts = {
      t: [round(time.start), round(time.end)] as [number, number],
      window: [start, end] as [number, number],
      lost: missing,
    };
    try {
      if (!live.advance(end)) {
        this.skippedHops++;
        return undefined;
      }
      if (missing > job.maxLost * samples)
        return unpredicted(
          job.source,
          facts,
          `${percent(missing / samples)} of the window was lost, more than ${percent(job.maxLost)}`,
        );
      live.prepare(input);
    } catch (error) {
      if (error instanceof BioxError) return unpredicted(job.source, facts, error.message);
      throw error;
    }
    const prepareMs = performance.now() - begin;
    return { ...facts, quality: live.quality(start, missing), received, prepareMs };
  }

  private skipWhatIsLate(): void {
    const { ring, next } = this;
    const { plan } = this.job;
    const newest = newestWindow(plan, ring.head);
    const late =
      now() - ring.received(windowEnd(plan, next) - 1) > LATE_MS ||
      newest - next > this.backlog ||
      !ring.holds(windowEnd(plan, next) - plan.samples);
    if (newest <= next || !late) return;
    this.skippedHops += newest - next;
    this.next = newest;
  }
}

/** An event in place of a prediction. */
export function unpredicted(
  source: string,
  { t, window, lost }: Pick<Taken, "t" | "window" | "lost">,
  reason: string,
): Unpredicted {
  return { type: "unpredicted", source, t, window, lost, reason };
}

/** Where to begin: at the first window, or where that has long passed at the newest. */
function firstWindow(ring: RingReader, plan: WindowPlan): number {
  const newest = newestWindow(plan, ring.head);
  const late = newest > 0 && (!ring.holds(0) || now() - ring.received(plan.samples - 1) > LATE_MS);
  return late && !ring.ended ? newest : 0;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
