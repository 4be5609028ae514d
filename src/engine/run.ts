import type { Source } from "../stream/source.js";
import type { CutWindow, Skipped } from "./cut-window.js";
import type { LoopDelay } from "./loop-delay.js";
import { StageStatistics } from "./statistics.js";
import type { EngineResult, Prediction, Summary } from "./types.js";

/** Predictions that wait for their consumer at most; the oldest make room. */
const MOST_WAITING = 1000;

/** How long nothing is said of windows that are skipped for the same reason again and again, ms. */
const TELL_AGAIN_MS = 60_000;

/** What a run tells beside its predictions. */
export interface RunEvents {
  result(result: EngineResult): void;
  /** A window that is to be run elsewhere; `settle` takes what becomes of it. */
  window(window: CutWindow, settle: (outcome: EngineResult | Skipped) => void): void;
  note(note: string): void;
}

/** One run of an engine over a source, on the main thread: predictions on their way to the consumer, and the account. */
export class Run {
  skippedHops = 0;
  /** Int32 word that the engine thread sees: not 0 when the run is to end after the window under way. */
  readonly stopWord = new SharedArrayBuffer(4);
  /** Windows that are elsewhere, and those that nobody was given. */
  private away = 0;
  private unsent = 0;
  private told = { reason: "", at: Number.NEGATIVE_INFINITY };
  private predictions = 0;
  private unpredicted = 0;
  private dropped = 0;
  private readonly statistics = new StageStatistics();
  private readonly waiting: Prediction[] = [];
  private wake = (): void => {};
  private ended = false;
  private last = false;
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

  take(result: EngineResult | CutWindow): void {
    if (this.ended) return;
    if (result.type === "window") {
      this.away++;
      this.events.window(result, (outcome) => this.settle(outcome));
      return;
    }
    if (result.type === "unpredicted") this.unpredicted++;
    else this.enqueue(result);
    this.events.result(result);
  }

  /** The engine thread has ended it; windows that are elsewhere are waited for. */
  done(): void {
    this.last = true;
    if (this.away === 0) this.finish();
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
      skippedHops: this.skippedHops + this.unsent,
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

  private settle(outcome: EngineResult | Skipped): void {
    this.away--;
    if (outcome.type === "skipped") this.skip(outcome.reason);
    else this.take(outcome);
    if (this.last) this.done();
  }

  private skip(reason: string): void {
    this.unsent++;
    const at = performance.now();
    if (reason === this.told.reason && at - this.told.at < TELL_AGAIN_MS) return;
    this.told = { reason, at };
    if (!this.ended) this.events.note(`windows are skipped: ${reason}`);
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
