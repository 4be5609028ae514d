import "./no-telemetry.js";
import { EventEmitter } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type Precision, requirePrecision } from "../bridge/index.js";
import type { Bundle } from "../bundle/index.js";
import { BioxError, invalidArgument } from "../errors.js";
import { selectChannels } from "../stream/channels.js";
import type { Source } from "../stream/source.js";
import { waitAtExit } from "./exit.js";
import type { LiveJob } from "./live.js";
import { prepareFor } from "./preparation.js";
import { Control, type EngineReply, type EngineRequest, type EngineStart, fromPlain } from "./protocol.js";
import { Run } from "./run.js";
import type { EngineInfo, Prediction, Summary, Unpredicted } from "./types.js";

/** How long a run that is told to stop is waited for; a window that takes longer ends without anybody listening. */
const STOP_MS = 700;
/** Longest hop, s. */
const LONGEST_HOP_S = 86_400;

export interface EngineOptions {
  /** Threads of ONNX Runtime. Default: all cores but one, at most 4. */
  threads?: number;
  /** How the bridge's weights are stored; `float16` halves them, at an error that `info.bridge.precisionError` tells. Default `float32`. */
  precision?: Precision;
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

/** A loaded model in a thread of its own. Made by {@link createEngine}. */
export class Engine extends EventEmitter<EngineEvents> {
  private current: Run | undefined;
  private running = false;
  private runs = 0;
  private closing: Promise<void> | undefined;
  private failure: BioxError | undefined;
  private readonly exited: Promise<void>;

  /** @internal */
  constructor(
    private readonly bundle: Bundle,
    private readonly worker: Worker,
    private readonly control: Int32Array,
    readonly info: EngineInfo,
  ) {
    super();
    worker.on("error", (cause) => {
      this.failure = engineFailed(`The engine thread failed: ${cause.message}.`, cause);
    });
    worker.on("message", (message: EngineReply) => this.onReply(message));
    this.exited = new Promise((resolve) => {
      worker.once("exit", () => {
        if (!this.closing) this.failure ??= engineFailed("The engine thread ended unexpectedly.");
        this.current?.finish(this.failure);
        resolve();
      });
    });
  }

  /**
   * Predictions for the windows of a source, as they come, until it ends or `signal` aborts. One run at a time.
   *
   * @throws BioxError CHANNEL_MISSING, PREPARE_INVALID when the source does not fit the model; ENGINE_FAILED; the source's own error
   */
  async *run(source: Source, options: RunOptions = {}): AsyncGenerator<Prediction, void, undefined> {
    if (this.failure) throw this.failure;
    if (this.closing) throw engineFailed("This engine is closed.", undefined, "Create another engine.");
    if (this.running)
      throw engineFailed("This engine is already running.", undefined, "Create another engine, or end the first run.");
    const { signal } = options;
    const { job, stream, note } = this.plan(source, options);
    this.running = true;
    const run = new Run(++this.runs, source);
    this.current = run;
    let patience: NodeJS.Timeout | undefined;
    const stop = (): void => {
      Atomics.store(this.control, Control.stop, run.id);
      patience = setTimeout(() => run.finish(), STOP_MS);
    };
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    if (note) this.emit("note", note);
    this.post({ type: "run", id: run.id, job, ring: source.ring(stream) });
    try {
      yield* run.results();
      if (source.failure) throw source.failure;
    } finally {
      signal?.removeEventListener("abort", stop);
      clearTimeout(patience);
      Atomics.store(this.control, Control.stop, run.id);
      run.finish();
      this.running = false;
    }
  }

  /** What the run so far, or the last one, came to; undefined before the first. */
  summary(): Summary | undefined {
    return this.current?.summary();
  }

  /** Ends a run, frees the model and ends its thread, once the window under way is done. */
  close(): Promise<void> {
    if (!this.closing) {
      Atomics.store(this.control, Control.stop, this.runs);
      this.post({ type: "close" });
      this.closing = this.exited;
    }
    return this.closing;
  }

  private onReply(message: EngineReply): void {
    const run = this.current;
    // A run that was left in the middle may still have answers under way.
    if (!run || !("id" in message) || message.id !== run.id) return;
    if (message.type === "failed") {
      run.finish(fromPlain(message.error));
      return;
    }
    run.skippedHops = message.skippedHops;
    if (message.type === "done") {
      run.finish();
      return;
    }
    const unpredicted = run.take(message.result);
    if (unpredicted) this.emit("unpredicted", unpredicted);
    else this.emit("prediction", message.result as Prediction);
  }

  private post(request: EngineRequest): void {
    this.worker.postMessage(request);
  }

  private plan(source: Source, options: RunOptions) {
    const { manifest } = this.bundle;
    const hop = options.hop ?? manifest.window.hop;
    if (!(hop > 0 && hop <= LONGEST_HOP_S))
      throw invalidArgument("hop", "a number of seconds above 0 and at most a day", hop);
    const maxLost = options.maxLost ?? 0.2;
    if (!(maxLost >= 0 && maxLost <= 1)) throw invalidArgument("maxLost", "a share from 0 to 1", maxLost);
    const { stream, channels } = selectChannels(source.streams, manifest.new.channels, source.chosenChannels);
    const { rate } = stream;
    if (hop * rate < 1) throw invalidArgument("hop", `at least one sample (${1 / rate} s)`, hop);
    // Compiled here only to be refused before anything runs; the engine compiles its own.
    const { preparation, note } = prepareFor(this.bundle, rate);
    const { samples } = preparation.input;
    const { capacity } = source.ring(stream.id);
    if (capacity < 2 * samples)
      throw new BioxError(
        "INVALID_ARGUMENT",
        `The source keeps ${capacity} samples, but windows of ${samples} need twice as many.`,
        "Open it with a longer history.",
      );
    const job: Omit<LiveJob, "causal"> = {
      source: source.uri,
      labels: manifest.labels,
      channels,
      rate,
      plan: { samples, hop: hop * rate },
      maxLost,
    };
    return { job, stream: stream.id, note };
  }
}

/**
 * Loads a bundle's model into a thread of its own and runs it once.
 *
 * @throws BioxError BUNDLE_SHAPE, BUNDLE_INVALID, ADDON_NOT_FOUND when the model cannot run
 */
export async function createEngine(bundle: Bundle, options: EngineOptions = {}): Promise<Engine> {
  const threads = options.threads ?? Math.max(1, Math.min(4, availableParallelism() - 1));
  if (!Number.isInteger(threads) || threads < 1) throw invalidArgument("threads", "a whole number from 1", threads);
  const precision = requirePrecision(options.precision);
  const control = new Int32Array(new SharedArrayBuffer(Control.words * 4));
  Atomics.store(control, Control.busy, 1);
  const workerData: EngineStart = { bundle, threads, precision, control: control.buffer as SharedArrayBuffer };
  // Flags of the process (--input-type, --eval) are not the engine's: some keep a worker from starting.
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData, execArgv: [] });
  worker.once("exit", waitAtExit(control));
  let detach = (): void => {};
  try {
    const info = await new Promise<EngineInfo>((resolve, reject) => {
      const onMessage = (message: EngineReply): void => {
        if (message.type === "ready") resolve(message.info);
        else if (message.type === "failed") reject(fromPlain(message.error));
      };
      const onError = (error: Error): void =>
        reject(engineFailed(`The engine thread failed: ${error.message}.`, error));
      const onExit = (): void => reject(engineFailed("The engine thread ended before it was ready."));
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      // One by one: removeAllListeners() would take Node's own, and no message would arrive any more.
      detach = () => worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    });
    return new Engine(bundle, worker, control, info);
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    detach();
  }
}

function engineFailed(message: string, cause?: unknown, hint?: string): BioxError {
  return new BioxError("ENGINE_FAILED", message, hint, { cause });
}
