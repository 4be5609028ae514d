import { Worker } from "node:worker_threads";

/** What a thread that keeps a database says, to each request in turn and once when it has started. */
export interface Reply<Answer> {
  /** What was asked for; not there where it was not done. */
  readonly answer?: Answer;
  /** Why it was not done: the code of SQLite or of the system, or a sentence. */
  readonly error?: string;
  /** better-sqlite3 is not installed. */
  readonly missing?: true;
  /** The file was damaged: where it is now. A new one was begun. */
  readonly setAside?: string;
}

/** The request to close the database, after which the thread ends. */
export const CLOSE = "close";

/**
 * A thread that keeps an SQLite file, as main sees it: it waits for the disk, so that main never does. Requests are answered in turn,
 * and never reject.
 */
export class DatabaseThread<Request, Answer> {
  private readonly worker: Worker;
  private readonly asked: ((reply: Reply<Answer>) => void)[] = [];
  private ended: string | undefined;
  /** What the thread says once it has started, and the database is open or cannot be. */
  readonly opened: Promise<Reply<Answer>>;

  /**
   * @param script the thread's, which calls {@link serveDatabase}
   * @param start its `workerData`
   */
  constructor(script: URL, start: unknown) {
    // Flags of the process (--input-type, --eval) are not the thread's.
    this.worker = new Worker(script, { workerData: start, execArgv: [] });
    this.opened = new Promise((resolve) => this.asked.push(resolve));
    this.worker.on("message", (reply: Reply<Answer>) => this.asked.shift()?.(reply));
    this.worker.on("error", (cause) => this.end(`its thread failed: ${cause.message}`));
    this.worker.on("exit", () => this.end("its thread has ended"));
  }

  ask(request: Request | typeof CLOSE): Promise<Reply<Answer>> {
    if (this.ended !== undefined) return Promise.resolve({ error: this.ended });
    return new Promise((resolve) => {
      this.asked.push(resolve);
      this.worker.postMessage(request);
    });
  }

  /** Closes the database after what was asked before, and ends the thread. */
  async close(): Promise<void> {
    await this.ask(CLOSE);
    await this.worker.terminate();
  }

  private end(reason: string): void {
    this.ended ??= reason;
    for (const resolve of this.asked.splice(0)) resolve({ error: this.ended });
  }
}
