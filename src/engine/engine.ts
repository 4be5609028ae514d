import { EventEmitter } from "node:events";
import { availableParallelism } from "node:os";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import type { Bundle } from "../bundle/index.js";
import { BioxError, invalidArgument } from "../errors.js";
import { selectChannels } from "../stream/channels.js";
import type { Source } from "../stream/source.js";
import { prepareFor } from "./preparation.js";
import { Control, type EngineReply, type EngineRequest, type EngineStart, fromPlain } from "./protocol.js";
import { StageStatistics } from "./statistics.js";
import type { EngineInfo, Prediction, Summary, Unpredicted } from "./types.js";

/** How long an engine that is told to stop may finish its window. */
const STOP_MS = 700;
/** Longest wait for it when the process ends. */
const EXIT_MS = 10_000;
/** Resolution of the event-loop delay, ms; subtracted, since a timer that is on time measures just this. */
const DELAY_RESOLUTION_MS = 1;

export interface EngineOptions {
  /** Threads of ONNX Runtime. Default: all cores but one, at most 4. */
  threads?: number;
}

export interface RunOptions {
  /** Seconds between two windows; default the bundle's. */
  hop?: number;
  /** Share of a window that may be lost before it is no longer given to the model; default 0.2. */
  maxLost?: number;
  signal?: AbortSignal;
}

export interface EngineEvents {
  prediction: [Prediction];
  unpredicted: [Unpredicted];
  /** Something that a user should know, such as resampling. */
  note: [string];
}

interface Run {
  source: Source;
  statistics: StageStatistics;
  predictions: number;
  unpredicted: number;
  skippedHops: number;
  delay: IntervalHistogram;
}

/** A loaded model in a thread of its own. Made by {@link createEngine}. */
export class Engine extends EventEmitter<EngineEvents> {
  private current: Run | undefined;
  private running = false;
  private failure: BioxError | undefined;

  /** @internal */
  constructor(
    private readonly bundle: Bundle,
    private readonly worker: Worker,
    private readonly control: Int32Array,
    readonly info: EngineInfo,
  ) {
    super();
    worker.on("error", (error) => {
      this.failure = new BioxError("ENGINE_FAILED", `The engine thread failed: ${error.message}.`, undefined, {
        cause: error,
      });
    });
  }

  /**
   * Predictions for the windows of a source, as they come, until it ends or `signal` aborts.
   *
   * @throws BioxError CHANNEL_MISSING, PREPARE_INVALID when the source does not fit the model; ENGINE_FAILED; the source's own error
   */
  async *run(source: Source, options: RunOptions = {}): AsyncGenerator<Prediction, void, undefined> {
    if (this.running)
      throw new BioxError(
        "ENGINE_FAILED",
        "This engine is already running.",
        "Create another engine, or end the first run.",
      );
    const { signal } = options;
    const { request, note } = this.plan(source, options);
    this.running = true;
    Atomics.store(this.control, Control.stop, 0);
    const current = startRun(source);
    this.current = current;
    if (note) this.emit("note", note);

    const waiting: Prediction[] = [];
    let wake = (): void => {};
    let done = false;
    let error = this.failure;
    let sourceError: BioxError | undefined;
    const finish = (): void => {
      done = true;
      wake();
    };
    const stop = (): void => {
      Atomics.store(this.control, Control.stop, 1);
      setTimeout(finish, STOP_MS).unref();
    };
    const onMessage = (message: EngineReply): void => {
      if (message.type === "result") {
        const { result } = message;
        if (result.type === "prediction") {
          current.predictions++;
          current.statistics.add(result);
          waiting.push(result);
          this.emit("prediction", result);
          wake();
        } else {
          current.unpredicted++;
          this.emit("unpredicted", result);
        }
      } else if (message.type === "done") {
        current.skippedHops = message.skippedHops;
        finish();
      } else if (message.type === "failed") {
        error = fromPlain(message.error);
        finish();
      }
    };
    const onExit = (): void => {
      error ??= this.failure ?? new BioxError("ENGINE_FAILED", "The engine thread ended unexpectedly.");
      finish();
    };
    const onSourceEnd = (cause: BioxError | undefined): void => {
      sourceError = cause;
    };
    this.worker.on("message", onMessage).on("exit", onExit);
    source.on("end", onSourceEnd);
    signal?.addEventListener("abort", stop, { once: true });
    this.post(request);
    if (signal?.aborted) stop();
    try {
      for (;;) {
        for (let next = waiting.shift(); next; next = waiting.shift()) yield next;
        if (done) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const failure = error ?? sourceError;
      if (failure) throw failure;
    } finally {
      Atomics.store(this.control, Control.stop, 1);
      current.delay.disable();
      this.worker.off("message", onMessage).off("exit", onExit);
      source.off("end", onSourceEnd);
      signal?.removeEventListener("abort", stop);
      this.running = false;
    }
  }

  /** What the run so far, or the last one, came to; undefined before the first. */
  summary(): Summary | undefined {
    const run = this.current;
    if (!run) return undefined;
    const { samples, lost } = run.source.stats;
    const late = (p: number): number => Math.max(0, run.delay.percentile(p) / 1e6 - DELAY_RESOLUTION_MS);
    return {
      type: "summary",
      source: run.source.uri,
      predictions: run.predictions,
      unpredicted: run.unpredicted,
      skippedHops: run.skippedHops,
      samples,
      lost,
      link: run.source.link,
      ms: run.statistics.percentiles(),
      eventLoopDelayMs: { p50: late(50), p95: late(95), p99: late(99) },
    };
  }

  /** Frees the model and ends its thread, once the window under way is done. */
  async close(): Promise<void> {
    Atomics.store(this.control, Control.stop, 1);
    const exited = new Promise<void>((resolve) => this.worker.once("exit", () => resolve()));
    this.post({ type: "close" });
    await exited;
  }

  private post(request: EngineRequest): void {
    this.worker.postMessage(request);
  }

  private plan(source: Source, options: RunOptions) {
    const { manifest } = this.bundle;
    const hop = options.hop ?? manifest.window.hop;
    if (!(Number.isFinite(hop) && hop > 0)) throw invalidArgument("hop", "a number of seconds above 0", hop);
    const maxLost = options.maxLost ?? 0.2;
    if (!(maxLost >= 0 && maxLost <= 1)) throw invalidArgument("maxLost", "a share from 0 to 1", maxLost);
    const { stream, channels } = selectChannels(source.streams, manifest.new.channels, source.chosenChannels);
    const { rate } = stream;
    if (hop * rate < 1) throw invalidArgument("hop", `at least one sample (${1 / rate} s)`, hop);
    // Compiled here only to be refused before anything runs; the engine compiles its own.
    const { preparation, note } = prepareFor(this.bundle, rate);
    const { samples } = preparation.input;
    const ring = source.ring(stream.id);
    if (ring.capacity < 2 * samples)
      throw new BioxError(
        "INVALID_ARGUMENT",
        `The source keeps ${ring.capacity} samples, but windows of ${samples} need twice as many.`,
        "Open it with a longer history.",
      );
    const request = {
      type: "run" as const,
      ring,
      job: { source: source.uri, labels: manifest.labels, channels, rate, plan: { samples, hop: hop * rate }, maxLost },
    };
    return { request, note };
  }
}

/** Lets ONNX Runtime finish its window before the process ends: cut off in the middle it would abort the process. */
function waitForIdle(control: Int32Array): void {
  Atomics.store(control, Control.stop, 1);
  Atomics.wait(control, Control.busy, 1, EXIT_MS);
}

function startRun(source: Source): Run {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  return { source, statistics: new StageStatistics(), predictions: 0, unpredicted: 0, skippedHops: 0, delay };
}

/**
 * Loads a bundle's model into a thread of its own and runs it once.
 *
 * @throws BioxError BUNDLE_SHAPE, BUNDLE_INVALID, ADDON_NOT_FOUND when the model cannot run
 */
export async function createEngine(bundle: Bundle, options: EngineOptions = {}): Promise<Engine> {
  const threads = options.threads ?? Math.max(1, Math.min(4, availableParallelism() - 1));
  if (!Number.isInteger(threads) || threads < 1) throw invalidArgument("threads", "a whole number from 1", threads);
  const control = new SharedArrayBuffer(8);
  const words = new Int32Array(control);
  Atomics.store(words, Control.busy, 1);
  const start: EngineStart = { bundle, threads, control };
  // Flags of the process (--input-type, --eval) are not the engine's: some keep a worker from starting.
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: start, execArgv: [] });
  const letFinish = (): void => waitForIdle(words);
  process.once("exit", letFinish);
  worker.once("exit", () => process.off("exit", letFinish));
  const failed = (message: string, cause?: unknown): BioxError =>
    new BioxError("ENGINE_FAILED", message, undefined, { cause });
  let detach = (): void => {};
  try {
    const info = await new Promise<EngineInfo>((resolve, reject) => {
      const onMessage = (message: EngineReply): void => {
        if (message.type === "ready") resolve(message.info);
        else if (message.type === "failed") reject(fromPlain(message.error));
      };
      const onError = (error: Error): void => reject(failed(`The engine thread failed: ${error.message}.`, error));
      const onExit = (): void => reject(failed("The engine thread ended before it was ready."));
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      // One by one: removeAllListeners() would take Node's own, and no message would arrive any more.
      detach = () => worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    });
    return new Engine(bundle, worker, words, info);
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    detach();
  }
}
