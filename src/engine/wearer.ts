import { BioxError } from "../errors.js";
import type { Preparation, PreparedArray } from "../prepare/index.js";
import type { QualityReport } from "../quality/index.js";
import { type AlignedChannel, AlignedReader } from "../stream/aligned-reader.js";
import { now } from "../stream/feed.js";
import type { RingMemory, RingReader } from "../stream/ring.js";
import { type GapPolicy, refuseGaps, type WindowGaps } from "./gaps.js";
import { COPY_SAMPLES, LiveWindow } from "./live-window.js";
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
/** A stream that lies so far behind the others is taken to have stopped: windows are run with what is there, ms. */
const STRAGGLER_MS = 1000;

export interface LiveJob {
  readonly source: string;
  readonly labels: readonly string[];
  /** What is measured, as the bundle calls it. */
  readonly modality: string;
  /** Channels of the rings that the model reads, in its order. */
  readonly channels: readonly AlignedChannel[];
  /** Samples of the first ring per device second, as they are really taken. */
  readonly rate: number;
  readonly plan: WindowPlan;
  /** Real time between two windows, ms. */
  readonly hopMs: number;
  /** Share of a window that may be lost before it is no longer given to the model. */
  readonly maxLost: number;
  readonly gaps: GapPolicy;
  /** Quality from which on a prediction is reliable, 0 to 1. */
  readonly minimumQuality: number;
  /** Whether filters keep their state from window to window, so that every sample must pass through them. */
  readonly causal: boolean;
}

/** A window that lies prepared in the model's input. */
export interface Taken {
  readonly t: [number, number];
  readonly window: [number, number];
  readonly lost: number;
  readonly gaps: WindowGaps | undefined;
  readonly quality: QualityReport;
  /** When its last byte was received, epoch ms. */
  readonly received: number;
  readonly prepareMs: number;
}

/** One run in the engine thread: which window of its rings comes next, and the preparation with its state. */
export class Wearer {
  /** Windows left out so far. */
  skippedHops = 0;
  /** What makes the model's input of a window; another one after {@link replan}. */
  preparation!: Preparation;
  private job!: LiveJob;
  private reader!: AlignedReader;
  private live!: LiveWindow;
  private backlog = 0;
  private next: number;

  /** @param rings those of the streams that are read; windows are counted in samples of the first */
  constructor(
    private readonly rings: readonly RingMemory[],
    job: LiveJob,
    preparation: Preparation,
  ) {
    this.use(job, preparation);
    this.next = Math.max(0, firstWindow(this.ring, job.plan));
  }

  /** Goes on with another plan, made for the rate that was found: the next window ends about a hop after the last one. */
  replan(job: LiveJob, preparation: Preparation): void {
    const end = this.next > 0 ? windowEnd(this.job.plan, this.next - 1) : 0;
    this.use(job, preparation);
    const { samples, hop } = job.plan;
    this.next = Math.max(0, Math.ceil((end - samples + hop / 2) / hop));
  }

  get source(): string {
    return this.job.source;
  }

  get labels(): readonly string[] {
    return this.job.labels;
  }

  /** Samples a second, as they are really taken. */
  get rate(): number {
    return this.job.rate;
  }

  get minimumQuality(): number {
    return this.job.minimumQuality;
  }

  /**
   * When the answer to its next window is due, epoch ms: one hop after the window's last byte. Infinity while the window is not
   * complete. It does not move while the window waits, even where a newer one will be run in its stead: so nobody waits for ever.
   */
  get deadline(): number {
    const { ring } = this;
    const end = windowEnd(this.job.plan, this.next);
    if (ring.head < end) return Number.POSITIVE_INFINITY;
    if (!ring.holds(end - 1)) return Number.NEGATIVE_INFINITY;
    const received = ring.received(end - 1);
    if (!this.reader.reaches(end) && now() - received < STRAGGLER_MS) return Number.POSITIVE_INFINITY;
    return received + this.job.hopMs;
  }

  /** Whether no window will come any more. */
  get ended(): boolean {
    // In this order: the head that is read behind the mark is the last one.
    return this.ring.ended && this.ring.head < windowEnd(this.job.plan, this.next);
  }

  /** Has the bell ring when the next window may be complete. */
  wake(): void {
    this.reader.wakeAt(windowEnd(this.job.plan, this.next));
  }

  /**
   * Prepares the window that is to be run now.
   *
   * @param input of the model; written
   * @returns undefined where the engine is more than a whole ring behind: it counts as skipped, and the newest one comes next
   */
  take(input: PreparedArray): Taken | Unpredicted | undefined {
    const { live, job } = this;
    const { samples } = job.plan;
    this.skipWhatIsLate();
    const end = windowEnd(job.plan, this.next++);
    const start = end - samples;
    const begin = performance.now();
    const { received, missing, ...time } = this.ring.stretch(start, samples);
    const facts = {
      t: [round(time.start), round(time.end)] as [number, number],
      window: [start, end] as [number, number],
      lost: missing,
    };
    try {
      if (!live.advance(end) || !live.look(start)) {
        this.skippedHops++;
        return undefined;
      }
      const gaps = live.gaps();
      // Of several streams, one may have lost what the first has not.
      if (gaps) facts.lost = Math.round(gaps.seconds * job.rate);
      const reason = gaps && this.refuse(facts.lost, gaps);
      if (reason !== undefined) return unpredicted(job.source, facts, reason);
      live.prepare(input);
      const prepareMs = performance.now() - begin;
      return { ...facts, gaps, quality: live.quality(facts.lost), received, prepareMs };
    } catch (error) {
      if (error instanceof BioxError) return unpredicted(job.source, facts, error.message);
      throw error;
    }
  }

  private get ring(): RingReader {
    return this.reader.first;
  }

  private use(job: LiveJob, preparation: Preparation): void {
    const { samples, hop } = job.plan;
    this.job = job;
    this.preparation = preparation;
    this.reader = new AlignedReader(this.rings, job.channels, Math.max(samples, COPY_SAMPLES));
    this.live = new LiveWindow(this.reader, job, preparation);
    // A gap of hours arrives at once: its windows, all of them empty, are not worth an answer each.
    this.backlog = MOST_BEHIND + Math.ceil((2 * samples) / hop);
  }

  private refuse(lost: number, gaps: WindowGaps): string | undefined {
    const { plan, maxLost } = this.job;
    if (lost > maxLost * plan.samples)
      return `${percent(lost / plan.samples)} of the window was lost, more than ${percent(maxLost)}`;
    return refuseGaps(gaps, this.job.gaps);
  }

  private skipWhatIsLate(): void {
    const { ring, next } = this;
    const { plan } = this.job;
    const newest = newestWindow(plan, ring.head);
    const late =
      now() - ring.received(windowEnd(plan, next) - 1) > LATE_MS + this.patience() ||
      newest - next > this.backlog ||
      !ring.holds(windowEnd(plan, next) - plan.samples);
    if (newest <= next || !late) return;
    this.skippedHops += newest - next;
    this.next = newest;
  }

  /** Time that windows were given to wait for another stream, ms. */
  private patience(): number {
    return this.rings.length > 1 ? STRAGGLER_MS : 0;
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
