import { Worker } from "node:worker_threads";
import type { Bundle } from "../bundle/index.js";
import { BioxError } from "../errors.js";
import { Bell } from "../stream/bell.js";
import type { RingMemory } from "../stream/ring.js";
import type { Answered } from "./array-runner.js";
import type { WindowArray, WindowKind } from "./cut-window.js";
import { waitAtExit } from "./exit.js";
import {
  Control,
  type EngineReply,
  type EngineRequest,
  type EngineStart,
  fromPlain,
  type ThreadInfo,
} from "./protocol.js";
import type { Run } from "./run.js";
import type { LiveJob } from "./wearer.js";

/** How a thread is started. With `windows` it loads no model, and hands out the windows that it cuts. */
export interface ThreadOptions extends Pick<EngineStart, "threads" | "precision" | "batch"> {
  readonly windows?: WindowKind;
}

/** What main can do with a run in an engine thread. */
export interface BegunRun {
  /** Goes on with a plan for another rate. */
  replan(job: Omit<LiveJob, "causal">): void;
  /** Takes it out when nobody wants more of it. */
  leave(): void;
}

/** One engine thread, as main sees it: a whole model, and the runs that take turns with it. */
export class EngineThread {
  /** Why it runs nothing any more. */
  failure: BioxError | undefined;
  /** What its model came to; there once it is loaded. */
  info!: ThreadInfo;
  private readonly bell = new Bell();
  private readonly control = new Int32Array(new SharedArrayBuffer(Control.words * 4));
  private readonly worker: Worker;
  private readonly runs = new Map<number, Run>();
  private readonly exited: Promise<void>;
  private closing = false;
  private started = 0;
  private answering: { resolve(answered: Answered): void; reject(error: Error): void } | undefined;
  private settleLoading: (error?: Error) => void = () => {};

  private constructor({ threads, precision, batch }: ThreadOptions) {
    Atomics.store(this.control, Control.busy, 1);
    const workerData: EngineStart = {
      threads,
      precision,
      batch,
      control: this.control.buffer as SharedArrayBuffer,
      bell: this.bell.memory,
    };
    // Flags of the process (--input-type, --eval) are not the engine's: some keep a worker from starting.
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { workerData, execArgv: [] });
    const forget = waitAtExit(this.control, this.bell);
    this.worker.on("message", (message: EngineReply) => this.onReply(message));
    this.worker.on("error", (cause) => {
      this.failure = engineFailed(`The engine thread failed: ${cause.message}.`, cause);
    });
    this.exited = new Promise((resolve) => {
      this.worker.once("exit", () => {
        forget();
        this.onExit();
        resolve();
      });
    });
  }

  /**
   * Starts a thread and loads a bundle's model in it.
   *
   * @throws BioxError BUNDLE_SHAPE, BUNDLE_INVALID, ADDON_NOT_FOUND when the model cannot run
   */
  static async start(bundle: Bundle, options: ThreadOptions): Promise<EngineThread> {
    const thread = new EngineThread(options);
    try {
      await new Promise<void>((resolve, reject) => {
        thread.settleLoading = (error) => (error ? reject(error) : resolve());
        const { windows } = options;
        const { manifest, steps } = bundle;
        thread.post(windows ? { type: "cut", manifest, steps, windows } : { type: "load", bundle });
      });
      return thread;
    } catch (error) {
      // It has said that it does not compute, so it may be terminated.
      await thread.worker.terminate();
      throw error;
    }
  }

  /** Runs that take turns in this thread. */
  get load(): number {
    return this.runs.size;
  }

  /** @param streams ids of those that are read; windows are counted in samples of the first */
  begin(run: Run, job: Omit<LiveJob, "causal">, streams: readonly number[]): BegunRun {
    const id = ++this.started;
    const rings: RingMemory[] = streams.map((stream) => run.source.ring(stream));
    const deafen = streams.map((stream) => run.source.listen(stream, this.bell));
    this.runs.set(id, run);
    this.post({ type: "run", id, job, rings, stop: run.stopWord });
    return {
      replan: (next) => this.post({ type: "replan", id, job: next }),
      leave: () => {
        this.stop(run);
        for (const stop of deafen) stop();
        this.runs.delete(id);
      },
    };
  }

  /** Whether it runs windows that were cut elsewhere. */
  get answers(): boolean {
    return this.answering !== undefined;
  }

  /**
   * Runs windows that were cut elsewhere and are checked, at most as many as the model takes at once, when it does not `answer` others.
   *
   * @throws BioxError ENGINE_FAILED where the thread ends before it has answered
   */
  answer(arrays: readonly WindowArray[]): Promise<Answered> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.answering = { resolve, reject };
      this.post({ type: "answer", arrays });
    });
  }

  /** Has a run end after the window under way. */
  stop(run: Run): void {
    Atomics.store(new Int32Array(run.stopWord), 0, 1);
    this.bell.ring();
  }

  /** Ends its runs, frees the model and ends the thread, once the windows under way are done. */
  close(): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      Atomics.store(this.control, Control.closing, 1);
      this.post({ type: "close" });
    }
    return this.exited;
  }

  private onReply(message: EngineReply): void {
    if (message.type === "ready") {
      this.info = message.info;
      this.settleLoading();
      return;
    }
    if (message.type === "refused") {
      this.settleLoading(fromPlain(message.error));
      return;
    }
    if (message.type === "answers") {
      this.answering?.resolve(message.answered);
      this.answering = undefined;
      return;
    }
    // A run that was left in the middle may still have answers under way.
    const run = this.runs.get(message.id);
    if (!run) return;
    if (message.type === "failed") {
      run.finish(fromPlain(message.error));
      return;
    }
    run.skippedHops = message.skippedHops;
    if (message.type === "done") run.done();
    else run.take(message.result);
  }

  private onExit(): void {
    if (!this.closing) this.failure ??= engineFailed("The engine thread ended unexpectedly.");
    this.settleLoading(this.failure);
    this.answering?.reject(this.failure ?? engineFailed("This engine is closed."));
    for (const run of this.runs.values()) run.finish(this.failure);
  }

  private post(request: EngineRequest): void {
    this.worker.postMessage(request);
    this.bell.ring();
  }
}

export function engineFailed(message: string, cause?: unknown, hint?: string): BioxError {
  return new BioxError("ENGINE_FAILED", message, hint, { cause });
}
