import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { BioxError } from "../errors.js";
import type { ScaleWorker } from "./worker.js";
import type { WorkerCounts } from "./worker-account.js";

/** From a window on an idle machine to one that has waited for its whole deadline, s. */
const AGE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const STAGE_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

const HELP: Readonly<Record<keyof WorkerCounts, string>> = {
  answered: "Windows whose answer the broker has confirmed",
  failed: "Windows for which the model had no answer, and the broker has confirmed that",
  expired: "Windows that were dropped because their deadline had passed",
  refused: "Windows of another bundle, or that cannot be read",
  redelivered: "Windows that another worker had been given and has not answered",
  doubles: "Answers that the broker had from another worker already",
};

/** Metrics of a worker in Prometheus' format. */
function workerRegistry(worker: ScaleWorker): Registry {
  const registry = new Registry();
  const registers = [registry];
  registry.setDefaultLabels({ worker: worker.name });
  for (const [name, help] of Object.entries(HELP) as [keyof WorkerCounts, string][])
    new Counter({
      name: `biox_worker_windows_${name}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(worker.counts[name]);
      },
    });
  new Gauge({
    name: "biox_worker_broker_connected",
    help: "1 while the broker can be used, else 0",
    registers,
    collect() {
      this.set(worker.state.state === "open" ? 1 : 0);
    },
  });
  new Gauge({
    name: "biox_worker_windows_held",
    help: "Windows that this worker has and has not answered",
    registers,
    collect() {
      this.set(worker.held);
    },
  });
  const age = new Histogram({
    name: "biox_worker_queue_age_seconds",
    help: "From a window's sending to the start of its run, as far as the machines' clocks agree",
    buckets: AGE_BUCKETS,
    registers,
  });
  const stages = new Histogram({
    name: "biox_worker_stage_seconds",
    help: "Times of the stages of windows that were run together",
    labelNames: ["stage"] as const,
    buckets: STAGE_BUCKETS,
    registers,
  });
  worker.observe({
    queueAge: (seconds) => age.observe(seconds),
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
  });
  return registry;
}

/**
 * Serves the metrics of a worker on this machine only, at `/metrics`.
 *
 * @param port 0 is any that is free
 * @returns the server and its URL
 * @throws BioxError PORT_BUSY
 */
export async function serveWorkerMetrics(worker: ScaleWorker, port: number): Promise<{ server: Server; url: string }> {
  const registry = workerRegistry(worker);
  const server = createServer((request, response) => {
    const { method, url } = request;
    if (url !== "/metrics" || (method !== "GET" && method !== "HEAD")) {
      response.writeHead(404, { "content-type": "text/plain" }).end("Metrics are at /metrics.\n");
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new BioxError(
          "PORT_BUSY",
          `Metrics cannot be served on port ${port} of this machine: ${cause.message}.`,
          "Give another port, or 0 for any.",
        ),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics` };
}
