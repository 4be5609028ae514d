import type { Preparation, PreparedArray } from "../prepare/index.js";
import type { RingReader } from "../stream/ring.js";
import { signalQuality } from "./quality.js";
import type { LiveJob } from "./wearer.js";

/** Samples copied from the ring at once. */
const COPY_SAMPLES = 1024;

/** Carries samples from the ring into the preparation, each once. */
export class LiveWindow {
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

  /** @param out the model's input */
  prepare(out: PreparedArray): void {
    this.live.prepare(out);
  }

  /** Of the raw samples, before any preparation. */
  quality(start: number, missing: number): number {
    const { plan, channels, rate } = this.job;
    return this.ring.read(start, plan.samples, channels, this.raw) ? signalQuality(this.raw, rate, missing) : 0;
  }
}
