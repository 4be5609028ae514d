import "./no-telemetry.js";
import { EventEmitter } from "node:events";
import type { Bundle } from "../bundle/index.js";
import type { Source } from "../stream/source.js";
import type { WindowTaker } from "./cut-window.js";
import { type EngineThread, engineFailed } from "./engine-thread.js";
import { LoopDelay } from "./loop-delay.js";
import { planRun, type RunOptions, replanRun } from "./plan-run.js";
import { Run } from "./run.js";
import type { EngineInfo, Prediction, Summary, Unpredicted } from "./types.js";

/** How long a run that is told to stop is waited for; a window that takes longer ends without anybody listening. */
const STOP_MS = 700;

/** Each event says of which run it is by the source. */
export interface EngineEvents {
  prediction: [Prediction, Source];
  unpredicted: [Unpredicted, Source];
  /** Something that a user should know, such as resampling. */
  note: [string, Source];
}

/**
 * A loaded model in one or more threads of its own, made by {@link createEngine}; or threads that only cut windows, where the model runs
 * elsewhere.
 */
export class Engine extends EventEmitter<EngineEvents> {
  /** Sources that are being run. */
  private readonly running = new Set<Source>();
  private readonly runs = new WeakMap<Source, Run>();
  private readonly delay = new LoopDelay();
  private begun = 0;
  private newest: Run | undefined;
  private closing: Promise<void> | undefined;

  /** @internal */
  constructor(
    private readonly bundle: Bundle,
    private readonly threads: EngineThread[],
    readonly info: EngineInfo,
    private readonly start: () => Promise<EngineThread>,
    private readonly taker?: WindowTaker,
  ) {
    super();
    // A listener for each of many sources is no leak.
    this.setMaxListeners(0);
  }

  /**
   * Predictions for the windows of a source, as they come, until it ends or `signal` aborts. Several sources may be run at the same
   * time: each is given to the thread with the fewest, where the window whose answer is due first has its turn. Predictions of a
   * source are in order. They wait for a consumer that is slow, the newest 1000 of them; `dropped` of the summary counts the others.
   *
   * @throws BioxError CHANNEL_MISSING, PREPARE_INVALID when the source does not fit the model; ENGINE_FAILED; the source's own error
   */
  async *run(source: Source, options: RunOptions = {}): AsyncGenerator<Prediction, void, undefined> {
    if (this.closing) throw engineFailed("This engine is closed.", undefined, "Create another engine.");
    if (this.running.has(source))
      throw engineFailed(
        `This engine is already running ${source.uri}.`,
        undefined,
        "End the first run, or open it again.",
      );
    const thread = this.leastLoaded();
    const { signal } = options;
    const id = `${Date.now().toString(36)}${(++this.begun).toString(36)}`;
    let plan = planRun(this.bundle, source, options);
    const run = new Run(
      source,
      plan.streams,
      {
        result: (result) => {
          if (result.type === "prediction") this.emit("prediction", result, source);
          else this.emit("unpredicted", result, source);
        },
        window: (window, settle) => this.taker!.take(window, options.wearer, id, settle),
        note: (text) => this.emit("note", text, source),
      },
      this.delay,
    );
    this.running.add(source);
    this.runs.set(source, run);
    this.newest = run;
    let patience: NodeJS.Timeout | undefined;
    const stop = (): void => {
      thread.stop(run);
      patience = setTimeout(() => run.finish(), STOP_MS);
    };
    signal?.addEventListener("abort", stop, { once: true });
    if (plan.note) this.emit("note", plan.note, source);
    const begun = thread.begin(run, plan.job, plan.streams);
    const onClock = (): void => {
      const next = replanRun(this.bundle, source, plan);
      if (!next) return;
      plan = next;
      if (next.usable) begun.replan(next.job);
      this.emit("note", next.note!, source);
    };
    source.on("clock", onClock);
    // What is known of a source that has been open for long is not told again for a while.
    onClock();
    if (signal?.aborted) stop();
    try {
      yield* run.results();
      if (source.failure) throw source.failure;
    } finally {
      signal?.removeEventListener("abort", stop);
      clearTimeout(patience);
      source.off("clock", onClock);
      begun.leave();
      run.finish();
      this.running.delete(source);
    }
  }

  /**
   * What the run over a source so far, or the last one, came to; undefined before the first.
   *
   * @param source of the run; that of the newest run where it is left out
   */
  summary(source?: Source): Summary | undefined {
    return (source ? this.runs.get(source) : this.newest)?.summary();
  }

  /**
   * Loads the model anew into a thread in place of each that has failed; runs in the others are not touched.
   *
   * @throws BioxError as {@link createEngine}
   */
  async restore(): Promise<void> {
    for (const [n, thread] of this.threads.entries()) {
      if (!thread.failure || this.closing) continue;
      const fresh = await this.start();
      this.threads[n] = fresh;
      // Closed meanwhile: nobody else would end it.
      if (this.closing) await fresh.close();
    }
  }

  /** Ends all runs, frees the model and ends its threads, once the windows under way are done. */
  close(): Promise<void> {
    this.closing ??= Promise.all(this.threads.map((thread) => thread.close())).then(() => undefined);
    return this.closing;
  }

  /** A source stays with its thread: the state of its filters is there. */
  private leastLoaded(): EngineThread {
    const alive = this.threads.filter((thread) => !thread.failure);
    const [first] = alive.sort((a, b) => a.load - b.load);
    if (!first) throw this.threads[0]!.failure!;
    return first;
  }
}
