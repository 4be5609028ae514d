import type { Registry } from "prom-client";
import type { BrokerReport } from "../../scale/index.js";
import { type Collected, collectedCounter, collectedGauge } from "./collected.js";

const HELP = {
  published: "Windows that the broker is known to have had",
  answered: "Windows that a worker has answered",
  failed: "Windows for which a worker's model had no answer",
  expired: "Windows that nobody answered within their deadline",
  doubles: "Answers that came twice or too late, and were dropped",
  unreadable: "Messages that are no answers",
} as const;

/** Metrics of windows that workers behind a broker run. They count from the start of the gateway, as its broker does. */
export class WorkersMetrics {
  readonly #counters: readonly [keyof typeof HELP, Collected][];
  readonly #skipped;
  readonly #waiting;
  readonly #connected;
  readonly #queue;

  constructor(registry: Registry) {
    this.#counters = (Object.entries(HELP) as [keyof typeof HELP, string][]).map(([key, help]) => [
      key,
      collectedCounter(registry, `biox_scale_windows_${key}_total`, help, []),
    ]);
    const skipped = "Hops that were skipped since windows could not be handed to workers, by reason";
    this.#skipped = collectedCounter(registry, "biox_scale_hops_skipped_total", skipped, ["reason"]);
    const waiting = "Windows that wait for a worker's answer";
    this.#waiting = collectedGauge(registry, "biox_scale_windows_waiting", waiting, []);
    const connected = "1 while the workers' broker can be used, else 0";
    this.#connected = collectedGauge(registry, "biox_scale_broker_connected", connected, []);
    const queue = "From a window's sending to its answer, without the worker's own work, of the latest 4096 windows";
    this.#queue = collectedGauge(registry, "biox_scale_queue_seconds", queue, ["quantile"]);
  }

  collect(report: BrokerReport): void {
    const all = [this.#skipped, this.#waiting, this.#connected, this.#queue];
    for (const metric of [...all, ...this.#counters.map(([, counter]) => counter)]) metric.clear();
    for (const [key, counter] of this.#counters) counter.set({}, report[key]);
    for (const [reason, hops] of Object.entries(report.skipped)) this.#skipped.set({ reason }, hops);
    this.#waiting.set({}, report.waiting);
    this.#connected.set({}, report.state === "open" ? 1 : 0);
    const { p50, p95, p99 } = report.queueMs;
    for (const [quantile, ms] of Object.entries({ 0.5: p50, 0.95: p95, 0.99: p99 }))
      if (Number.isFinite(ms)) this.#queue.set({ quantile }, ms / 1000);
  }
}
