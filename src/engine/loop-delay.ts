import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Percentiles } from "./types.js";

/** Resolution of the event-loop delay, ms; subtracted, since a timer that is on time measures just this. */
const RESOLUTION_MS = 1;

/** How late timers of the main thread are while there is a run; one measurement for all runs of an engine, since it wakes the thread each ms. */
export class LoopDelay {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private runs = 0;

  begin(): void {
    if (this.runs++ > 0) return;
    this.histogram.reset();
    this.histogram.enable();
  }

  end(): void {
    if (--this.runs === 0) this.histogram.disable();
  }

  percentiles(): Percentiles {
    const late = (p: number): number => Math.max(0, this.histogram.percentile(p) / 1e6 - RESOLUTION_MS);
    return { p50: late(50), p95: late(95), p99: late(99) };
  }
}
