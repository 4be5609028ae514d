import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Source } from "../stream/source.js";
import { StageStatistics } from "./statistics.js";
import type { EngineResult, Prediction, Summary, Unpredicted } from "./types.js";

/** Resolution of the event-loop delay, ms; subtracted, since a timer that is on time measures just this. */
const DELAY_RESOLUTION_MS = 1;

/** One run of an engine over a source, on the main thread: predictions on their way to the consumer, and the account. */
export class Run {
  skippedHops = 0;
  private predictions = 0;
  private unpredicted = 0;
  private readonly statistics = new StageStatistics();
  private readonly delay: IntervalHistogram;
  private readonly waiting: Prediction[] = [];
  private wake = (): void => {};
  private ended = false;
  private error: Error | undefined;

  constructor(
    readonly id: number,
    readonly source: Source,
  ) {
    this.delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
    this.delay.enable();
  }

  /** Takes one result; what is not a prediction is given back. */
  take(result: EngineResult): Unpredicted | undefined {
    if (result.type === "unpredicted") {
      this.unpredicted++;
      return result;
    }
    this.predictions++;
    this.statistics.add(result);
    this.waiting.push(result);
    this.wake();
    return undefined;
  }

  /** No more will come. The first call counts. */
  finish(error?: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
    this.delay.disable();
    this.wake();
  }

  /** Predictions in order. They wait for a consumer that is slow: `ageMs` does not count that. */
  async *results(): AsyncGenerator<Prediction, void, undefined> {
    for (;;) {
      for (let next = this.waiting.shift(); next; next = this.waiting.shift()) yield next;
      if (this.ended) break;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.error) throw this.error;
  }

  summary(): Summary {
    const { source, delay } = this;
    const { samples, lost, duplicates, restarts } = source.stats;
    const late = (p: number): number => Math.max(0, delay.percentile(p) / 1e6 - DELAY_RESOLUTION_MS);
    return {
      type: "summary",
      source: source.uri,
      predictions: this.predictions,
      unpredicted: this.unpredicted,
      skippedHops: this.skippedHops,
      samples,
      lost,
      duplicates,
      restarts,
      link: source.link,
      ms: this.statistics.percentiles(),
      eventLoopDelayMs: { p50: late(50), p95: late(95), p99: late(99) },
    };
  }
}
