import { setImmediate as yieldToMessages } from "node:timers/promises";
import { BioxError } from "../errors.js";
import type { Preparation } from "../prepare/index.js";
import { now } from "../stream/feed.js";
import type { RingReader } from "../stream/ring.js";
import type { BridgedModel } from "./model.js";
import { signalQuality } from "./quality.js";
import type { EngineResult } from "./types.js";
import { newestWindow, type WindowPlan, windowEnd } from "./windows.js";

/**
 * A window this old gives way to the newest one. Below it windows are run in order, so that a short hold-up of the machine
 * (a collection of garbage, another program) costs no prediction.
 */
const LATE_MS = 250;
/** Hops, beside those of two windows, that may wait however new they are. */
const MOST_BEHIND = 16;
/** Longest sleep without a look at the stop flag, ms. */
const NAP_MS = 100;
/** Samples copied from the ring at once. */
const COPY_SAMPLES = 1024;

export interface LiveJob {
  readonly source: string;
  readonly labels: readonly string[];
  /** Channels of the ring that the model reads, in its order. */
  readonly channels: readonly number[];
  /** Samples per device second. */
  readonly rate: number;
  readonly plan: WindowPlan;
  /** Share of a window that may be lost before it is no longer given to the model. */
  readonly maxLost: number;
  /** Whether filters keep their state from window to window, so that every sample must pass through them. */
  readonly causal: boolean;
}

/** Runs windows of the ring until it ends or `stopped()`; returns how many hops were left out. */
export async function runLive(
  ring: RingReader,
  job: LiveJob,
  preparation: Preparation,
  model: BridgedModel,
  stopped: () => boolean,
  post: (result: EngineResult, skippedHops: number) => void,
): Promise<number> {
  const { plan } = job;
  const window = new LiveWindow(ring, job, preparation);
  // A gap of hours arrives at once: its windows, all of them empty, are not worth an answer each.
  const backlog = MOST_BEHIND + Math.ceil((2 * plan.samples) / plan.hop);
  let skipped = 0;
  let next = Math.max(0, firstWindow(ring, plan));
  for (;;) {
    if (stopped()) return skipped;
    const ended = ring.ended;
    const newest = newestWindow(plan, ring.head);
    if (newest < next) {
      if (ended) return skipped;
      ring.waitFor(windowEnd(plan, next), NAP_MS);
      await yieldToMessages();
      continue;
    }
    const late =
      now() - ring.received(windowEnd(plan, next) - 1) > LATE_MS ||
      newest - next > backlog ||
      !ring.holds(windowEnd(plan, next) - plan.samples);
    if (newest > next && late) {
      skipped += newest - next;
      next = newest;
    }
    const result = await runWindow(ring, job, window, model, windowEnd(plan, next));
    // A window that was overwritten while it was read: the engine is more than a whole ring behind, and the newest one comes next.
    if (result) post(result, skipped);
    else skipped++;
    next++;
  }
}

/** Where to begin: at the first window, or where that has long passed at the newest. */
function firstWindow(ring: RingReader, plan: WindowPlan): number {
  const newest = newestWindow(plan, ring.head);
  const late = newest > 0 && (!ring.holds(0) || now() - ring.received(plan.samples - 1) > LATE_MS);
  return late && !ring.ended ? newest : 0;
}

async function runWindow(
  ring: RingReader,
  job: LiveJob,
  window: LiveWindow,
  model: BridgedModel,
  end: number,
): Promise<EngineResult | undefined> {
  const { samples } = job.plan;
  const start = end - samples;
  const begin = performance.now();
  const facts = ring.stretch(start, samples);
  const base = {
    source: job.source,
    t: [round(facts.start), round(facts.end)] as [number, number],
    window: [start, end] as [number, number],
    lost: facts.missing,
  };
  const unpredicted = (reason: string): EngineResult => ({ type: "unpredicted", ...base, reason });
  try {
    if (!window.advance(end)) return undefined;
  } catch (error) {
    if (error instanceof BioxError) return unpredicted(error.message);
    throw error;
  }
  if (facts.missing > job.maxLost * samples)
    return unpredicted(`${percent(facts.missing / samples)} of the window was lost, more than ${percent(job.maxLost)}`);
  try {
    window.prepare(model.input);
    const prepare = performance.now() - begin;
    await model.run();
    const probs = Array.from(model.probs);
    const index = probs.indexOf(Math.max(...probs));
    const { lower, bridge, upper } = model.times;
    return {
      type: "prediction",
      source: base.source,
      t: base.t,
      window: base.window,
      label: job.labels[index]!,
      index,
      probs,
      quality: round(window.quality(start, facts.missing)),
      lost: base.lost,
      ageMs: round(now() - facts.received),
      ms: {
        prepare: round(prepare),
        lower: round(lower),
        bridge: round(bridge),
        upper: round(upper),
        total: round(prepare + lower + bridge + upper),
      },
    };
  } catch (error) {
    if (error instanceof BioxError) return unpredicted(error.message);
    throw error;
  }
}

/** Carries samples from the ring into the preparation, each once. */
class LiveWindow {
  private readonly live;
  private readonly copy: Float64Array[];
  private readonly raw: Float64Array[];
  private fed = 0;

  constructor(
    private readonly ring: RingReader,
    private readonly job: LiveJob,
    preparation: Preparation,
  ) {
    this.live = preparation.createLive();
    this.copy = job.channels.map(() => new Float64Array(COPY_SAMPLES));
    this.raw = job.channels.map(() => new Float64Array(job.plan.samples));
  }

  /** Feeds all samples up to `end`; false when the ring no longer has them. */
  advance(end: number): boolean {
    const start = end - this.job.plan.samples;
    if (this.fed < start && !(this.job.causal && this.ring.holds(this.fed))) {
      this.live.reset();
      this.fed = start;
    }
    while (this.fed < end) {
      const count = Math.min(COPY_SAMPLES, end - this.fed);
      if (!this.ring.read(this.fed, count, this.job.channels, this.copy)) {
        this.live.reset();
        this.fed = end;
        return false;
      }
      this.fed += count;
      this.live.push(this.copy, count);
    }
    return this.live.ready;
  }

  prepare(out: Parameters<typeof this.live.prepare>[0]): void {
    this.live.prepare(out);
  }

  /** Of the raw samples, before any preparation. */
  quality(start: number, missing: number): number {
    const { plan, channels, rate } = this.job;
    return this.ring.read(start, plan.samples, channels, this.raw) ? signalQuality(this.raw, rate, missing) : 0;
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
