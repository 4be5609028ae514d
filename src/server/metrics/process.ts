import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Registry } from "prom-client";
import { type Collected, collectedCounter, collectedGauge } from "./collected.js";

/** How often the event loop is looked at, ms; subtracted, since a timer that is on time measures just this. */
const RESOLUTION_MS = 20;

/** The process by the names that Prometheus' own libraries use. prom-client's collectors cannot be ended, so they are not used. */
export class ProcessMetrics {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #values: readonly [Collected, () => number][];

  constructor(registry: Registry) {
    const gauge = (name: string, help: string) => collectedGauge(registry, name, help, []);
    const cpu = () => process.cpuUsage();
    this.#values = [
      [gauge("process_resident_memory_bytes", "Memory of the process"), () => process.memoryUsage.rss()],
      [gauge("nodejs_heap_size_used_bytes", "JavaScript heap in use"), () => process.memoryUsage().heapUsed],
      [
        collectedCounter(registry, "process_cpu_seconds_total", "CPU time of the process", []),
        () => (cpu().user + cpu().system) / 1e6,
      ],
      [
        gauge(
          "nodejs_eventloop_lag_p99_seconds",
          "How late timers of the main thread were, 99th percentile since the last look",
        ),
        () => Math.max(0, this.#delay.percentile(99) / 1e9 - RESOLUTION_MS / 1000),
      ],
    ];
    this.#delay.enable();
  }

  collect(): void {
    for (const [metric, value] of this.#values) {
      metric.clear();
      metric.set({}, value());
    }
    this.#delay.reset();
  }

  close(): void {
    this.#delay.disable();
  }
}
