/**
 * Loaded before `biox serve` by `node --import`: SIGUSR2 makes one engine thread end with an error that nobody catches. Nothing of it is in
 * the program that people run.
 */

import { syncBuiltinESMExports } from "node:module";
import workerThreads from "node:worker_threads";

const engines: workerThreads.Worker[] = [];

class WatchedWorker extends workerThreads.Worker {
  constructor(file: string | URL, options?: workerThreads.WorkerOptions) {
    super(file, options);
    if (!String(file).endsWith("engine/worker.js")) return;
    engines.push(this);
    this.once("exit", () => engines.splice(engines.indexOf(this), 1));
  }
}

workerThreads.Worker = WatchedWorker;
syncBuiltinESMExports();
// What has no type cannot be looked at.
process.on("SIGUSR2", () => engines[0]?.postMessage(null));
