import { Worker } from "node:worker_threads";
import type { StoreReply, StoreRequest, StoreStart } from "./protocol.js";

/** A queue's database, as main sees it: requests are answered in turn, and never reject. */
export class StoreThread {
  private readonly worker: Worker;
  private readonly asked: ((reply: StoreReply) => void)[] = [];
  private ended: string | undefined;
  /** What the database held when it was opened. */
  readonly opened: Promise<StoreReply>;

  /** Of the file. */
  readonly path: string;

  constructor(start: StoreStart) {
    this.path = start.path;
    // Flags of the process (--input-type, --eval) are not the thread's.
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: start, execArgv: [] });
    this.opened = new Promise((resolve) => this.asked.push(resolve));
    this.worker.on("message", (reply: StoreReply) => this.asked.shift()?.(reply));
    this.worker.on("error", (cause) => this.end(`its thread failed: ${cause.message}`));
    this.worker.on("exit", () => this.end("its thread has ended"));
  }

  ask(request: StoreRequest): Promise<StoreReply> {
    if (this.ended !== undefined) return Promise.resolve({ error: this.ended });
    return new Promise((resolve) => {
      this.asked.push(resolve);
      this.worker.postMessage(request);
    });
  }

  async close(): Promise<void> {
    await this.ask({ type: "close" });
    await this.worker.terminate();
  }

  private end(reason: string): void {
    this.ended ??= reason;
    for (const resolve of this.asked.splice(0)) resolve({ error: this.ended });
  }
}
