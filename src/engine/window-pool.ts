import type { Bundle } from "../bundle/index.js";
import { type Answered, checkWindowArray } from "./array-runner.js";
import { requireWindowed } from "./create-cutter.js";
import { type EngineOptions, loadThreads } from "./create-engine.js";
import type { WindowArray } from "./cut-window.js";
import { type EngineThread, engineFailed } from "./engine-thread.js";
import type { EngineInfo } from "./types.js";

/** A loaded model in one or more threads that runs windows which were cut elsewhere. */
export class WindowPool {
  private constructor(
    private readonly bundle: Bundle,
    private readonly threads: readonly EngineThread[],
    readonly info: EngineInfo,
  ) {}

  /** @throws BioxError as `createEngine` does */
  static async create(bundle: Bundle, options: EngineOptions = {}): Promise<WindowPool> {
    const { threads, info } = await loadThreads(bundle, options);
    return new WindowPool(bundle, threads, info);
  }

  /** Whether a thread waits for windows. */
  get free(): boolean {
    return this.threads.some((thread) => !thread.answers);
  }

  /**
   * Refuses a window that is not one of this bundle's.
   *
   * @throws BioxError WINDOW_INVALID, PREPARE_INVALID
   */
  check(array: WindowArray): void {
    if (array.kind === "raw") requireWindowed(this.bundle);
    checkWindowArray(this.bundle, array);
  }

  /**
   * Runs windows that were checked together on a thread that is `free`.
   *
   * @param arrays 1 to `info.batch.most` of them; their bytes are copied
   * @throws BioxError ENGINE_FAILED where a thread has died
   */
  answer(arrays: readonly WindowArray[]): Promise<Answered> {
    const dead = this.threads.find(({ failure }) => failure);
    if (dead) return Promise.reject(dead.failure);
    const thread = this.threads.find(({ answers }) => !answers);
    if (!thread) return Promise.reject(engineFailed("All engine threads are at work."));
    return thread.answer(arrays);
  }

  /** Frees the model and ends its threads, once the windows under way are done. */
  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}
