import { Counter, Histogram, type Registry } from "prom-client";
import type { ConnectionReport } from "../connections.js";
import type { LiveReport } from "../live/hub.js";
import { collectedCounter, collectedGauge } from "./collected.js";

/** Metrics of the HTTP interface itself. */
export class HttpMetrics {
  readonly #requests;
  readonly #seconds;
  readonly #refused;
  readonly #open;
  readonly #closed;
  readonly #viewers;
  readonly #live;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: "biox_http_requests_total",
      help: "Requests that were answered",
      labelNames: ["method", "route", "status"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "biox_http_request_seconds",
      help: "Time from a request's headers to the end of its answer",
      labelNames: ["route"],
      registers,
    });
    this.#refused = new Counter({
      name: "biox_http_refused_total",
      help: "Requests that were turned away by the guard",
      labelNames: ["reason"],
      registers,
    });
    this.#open = collectedGauge(registry, "biox_http_connections", "Connections that are open", []);
    this.#closed = collectedCounter(
      registry,
      "biox_http_connections_refused_total",
      "Connections that were closed at once: because there were enough, or enough of that address",
      ["limit"],
    );
    this.#viewers = collectedGauge(registry, "biox_live_viewers", "Pages that watch", []);
    this.#live = collectedCounter(registry, "biox_live_dropped_total", "What slow pages were not sent", ["kind"]);
  }

  answered(method: string, route: string, status: number, ms: number): void {
    this.#requests.inc({ method, route, status });
    this.#seconds.observe({ route }, ms / 1000);
  }

  refused(reason: string): void {
    this.#refused.inc({ reason });
  }

  collect({ open, refused }: ConnectionReport, { viewers, dropped }: LiveReport): void {
    for (const metric of [this.#closed, this.#live]) metric.clear();
    this.#open.set({}, open);
    for (const [limit, count] of Object.entries(refused)) this.#closed.set({ limit }, count);
    this.#viewers.set({}, viewers);
    for (const [kind, count] of Object.entries(dropped)) this.#live.set({ kind }, count);
  }
}
