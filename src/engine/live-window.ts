import type { Preparation, PreparedArray } from "../prepare/index.js";
import { QualityMeter, type QualityReport } from "../quality/index.js";
import type { AlignedReader } from "../stream/aligned-reader.js";
import { findGaps, holdThroughGaps, type WindowGaps } from "./gaps.js";
import type { LiveJob } from "./wearer.js";

/** Samples copied from the ring at once. */
export const COPY_SAMPLES = 1024;

/** Carries samples from the rings into the preparation, each once. */
export class LiveWindow {
  private readonly live;
  private readonly copy: Float64Array[];
  private readonly copyLost = new Uint8Array(COPY_SAMPLES);
  /** Last value of each channel before a gap. */
  private readonly held: Float64Array;
  private readonly raw: Float64Array[];
  private readonly lost: Uint8Array;
  private readonly meter: QualityMeter;
  private fed = 0;

  constructor(
    private readonly reader: AlignedReader,
    private readonly job: LiveJob,
    preparation: Preparation,
  ) {
    const { samples } = job.plan;
    this.live = preparation.createLive();
    this.copy = job.channels.map(() => new Float64Array(COPY_SAMPLES));
    this.held = new Float64Array(job.channels.length).fill(Number.NaN);
    this.raw = job.channels.map(() => new Float64Array(samples));
    this.lost = new Uint8Array(samples);
    this.meter = new QualityMeter(job.modality, job.rate, samples);
  }

  /** Feeds all samples up to `end`; false when the ring no longer has them. */
  advance(end: number): boolean {
    const { reader, copy, copyLost, job } = this;
    const start = end - job.plan.samples;
    if (this.fed < start && !(job.causal && reader.first.holds(this.fed))) {
      this.live.reset();
      this.held.fill(Number.NaN);
      this.fed = start;
    }
    while (this.fed < end) {
      const count = Math.min(COPY_SAMPLES, end - this.fed);
      if (!reader.read(this.fed, count, copy, copyLost)) {
        this.live.reset();
        this.fed = end;
        return false;
      }
      if (job.gaps.policy === "hold") holdThroughGaps(copy, copyLost, count, this.held);
      this.fed += count;
      this.live.push(copy, count);
    }
    return this.live.ready;
  }

  /** Reads the window's raw samples for `gaps` and `quality`; false when the ring no longer has them. */
  look(start: number): boolean {
    return this.reader.read(start, this.job.plan.samples, this.raw, this.lost);
  }

  /** Of the window that was looked at. */
  gaps(): WindowGaps | undefined {
    return findGaps(this.lost, this.job.rate, this.job.gaps);
  }

  /** Of the raw samples that were looked at, before any preparation; below the bundle's minimum with a reason. */
  quality(missing: number): QualityReport {
    return this.meter.assess(this.raw, missing, this.job.minimumQuality);
  }

  /** @param out the model's input */
  prepare(out: PreparedArray): void {
    this.live.prepare(out);
  }
}
