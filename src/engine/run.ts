import type { Source } from "../stream/source.js";
import type { LoopDelay } from "./loop-delay.js";
import { StageStatistics } from "./statistics.js";
import type { EngineResult, Prediction, Summary } from "./types.js";

/** Predictions that wait for their consumer at most; the oldest make room. */
const MOST_WAITING = 1000;

/** What a run tells beside its predictions. */
export interface RunEvents {
  result(result: EngineResult): void;
  note(note: string): void;
}

/** One run of an engine over a source, on the main thread: predictions on their way to the consumer, and the account. */
export class Run {
  skippedHops = 0;
  /** Int32 word that the engine thread sees: not 0 when the run is to end after the window under way. */
  readonly stopWord = new SharedArrayBuffer(4);
  private predictions = 0;
  private unpredicted = 0;
  private dropped = 0;
  private readonly statistics = new StageStatistics();
  private readonly waiting: Prediction[] = [];
  private wake = (): void => {};
  private ended = false;
  private error: Error | undefined;

  /** @param streams ids of those that are read */
  constructor(
    readonly source: Source,
    private readonly streams: readonly number[],
    private readonly events: RunEvents,
    private readonly delay: LoopDelay,
  ) {
    delay.begin();
  }

  take(result: EngineResult): void {
    if (this.ended) return;
    if (result.type === "unpredicted") this.unpredicted++;
    else this.enqueue(result);
    this.events.result(result);
  }

  /** No more will come. The first call counts. */
  finish(error?: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
    this.delay.end();
    this.wake();
  }

  /** Predictions in order. They wait for a consumer that is slow (`ageMs` does not count that), the newest 1000 of them. */
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
    const { source } = this;
    const { samples, lost, duplicates, restarts, clockJumps } = source.statsOf((id) => this.streams.includes(id));
    const others = source.statsOf((id) => !this.streams.includes(id));
    return {
      type: "summary",
      source: source.uri,
      predictions: this.predictions,
      unpredicted: this.unpredicted,
      skippedHops: this.skippedHops,
      dropped: this.dropped,
      samples,
      lost,
      duplicates,
      restarts,
      clockJumps,
      otherStreams: { samples: others.samples, lost: others.lost },
      link: source.link,
      rings: source.rings,
      clocks: source.clocks,
      ms: this.statistics.percentiles(),
      eventLoopDelayMs: this.delay.percentiles(),
    };
  }

  private enqueue(prediction: Prediction): void {
    this.predictions++;
    this.statistics.add(prediction);
    this.waiting.push(prediction);
    if (this.waiting.length > MOST_WAITING) {
      this.waiting.shift();
      if (this.dropped++ === 0)
        this.events.note(
          `predictions are not taken in time: of more than ${MOST_WAITING} that wait the oldest are dropped`,
        );
    }
    this.wake();
  }
}
