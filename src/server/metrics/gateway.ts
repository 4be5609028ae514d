import type { Registry } from "prom-client";
import type { GatewayFace } from "../../gateway/types.js";
import { Growing } from "../growing.js";
import { type Collected, collectedCounter, collectedGauge } from "./collected.js";

type Counted = "taken" | "delivered" | "lost" | "interruptions";

/** Metrics of a gateway as a whole: its bundles and its sinks. Sinks, too, may begin to count anew. */
export class GatewayMetrics {
  readonly #growing = new Growing();
  readonly #ready;
  readonly #started;
  readonly #usable;
  readonly #failures;
  readonly #open;
  readonly #waiting;
  readonly #counters: Readonly<Record<Counted, Collected>>;

  constructor(registry: Registry) {
    this.#ready = collectedGauge(
      registry,
      "biox_ready",
      "1 when all bundles are loaded and all sources were tried",
      [],
    );
    this.#started = collectedGauge(registry, "biox_start_time_seconds", "When the gateway began, Unix time", [
      "gateway",
    ]);
    this.#usable = collectedGauge(registry, "biox_bundle_usable", "1 while a bundle can be run", ["bundle"]);
    this.#failures = collectedCounter(
      registry,
      "biox_bundle_failures_total",
      "How often a bundle could not be loaded, or an engine of it has died",
      ["bundle"],
    );
    this.#open = collectedGauge(registry, "biox_sink_open", "1 while a sink delivers", ["sink"]);
    this.#waiting = collectedGauge(registry, "biox_sink_waiting_messages", "Messages that wait in a sink", ["sink"]);
    const counter = (name: string, help: string) => collectedCounter(registry, name, help, ["sink"]);
    this.#counters = {
      taken: counter("biox_sink_messages_total", "Messages handed over to a sink"),
      delivered: counter("biox_sink_messages_delivered_total", "Messages that a sink has delivered"),
      lost: counter("biox_sink_messages_lost_total", "Messages that a sink has lost"),
      interruptions: counter("biox_sink_interruptions_total", "How often a sink was open and then was not"),
    };
  }

  collect(gateway: GatewayFace): void {
    const counters = Object.entries(this.#counters) as [Counted, Collected][];
    for (const metric of [this.#started, this.#usable, this.#failures, this.#open, this.#waiting]) metric.clear();
    for (const [, metric] of counters) metric.clear();
    this.#ready.set({}, gateway.ready() ? 1 : 0);
    this.#started.set({ gateway: gateway.id }, gateway.started / 1000);
    const seen = new Set<string>();
    for (const { name, failure, failures } of gateway.bundles()) {
      this.#usable.set({ bundle: name }, failure === undefined ? 1 : 0);
      seen.add(`bundle ${name}`);
      this.#failures.set({ bundle: name }, this.#growing.total(`bundle ${name}`, failures));
    }
    for (const report of gateway.sinks()) {
      const labels = { sink: report.name };
      this.#open.set(labels, report.state === "open" ? 1 : 0);
      this.#waiting.set(labels, report.waiting);
      for (const [key, metric] of counters) {
        seen.add(`${key} ${report.name}`);
        metric.set(labels, this.#growing.total(`${key} ${report.name}`, report[key]));
      }
    }
    this.#growing.keep(seen);
  }
}
