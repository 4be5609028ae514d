import type { Answered } from "../engine/array-runner.js";
import type { WindowArray } from "../engine/cut-window.js";
import type { WindowPool } from "../engine/window-pool.js";

/** What a window gets that was not begun before the end. */
export class NotBegun extends Error {}

/** What the engine made of the windows that it ran together, and which of them is meant. */
export interface Share {
  readonly answered: Answered;
  readonly at: number;
}

interface Job {
  readonly array: WindowArray;
  begun(): void;
  resolve(share: Share): void;
  reject(error: unknown): void;
}

/** Gives windows to the engines of a pool in the order in which they come: an engine that is free takes all that wait, up to a batch. */
export class PoolQueue {
  private readonly jobs: Job[] = [];
  private closed = false;

  constructor(private readonly pool: WindowPool) {}

  /**
   * Runs a window that the pool has checked.
   *
   * @param begun told when an engine takes it
   * @throws NotBegun after `close`; ENGINE_FAILED where the engine has died
   */
  run(array: WindowArray, begun: () => void): Promise<Share> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new NotBegun());
      this.jobs.push({ array, begun, resolve, reject });
      this.begin();
    });
  }

  /** Begins no more; windows under way are finished. */
  close(): void {
    this.closed = true;
    for (const { reject } of this.jobs.splice(0)) reject(new NotBegun());
  }

  private begin(): void {
    while (this.jobs.length > 0 && this.pool.free) {
      const batch = this.jobs.splice(0, this.pool.info.batch.most);
      for (const { begun } of batch) begun();
      this.pool
        .answer(batch.map(({ array }) => array))
        .then(
          (answered) => {
            for (const [at, { resolve }] of batch.entries()) resolve({ answered, at });
          },
          (error) => {
            for (const { reject } of batch) reject(error);
          },
        )
        .finally(() => this.begin());
    }
  }
}
