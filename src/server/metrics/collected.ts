import { Counter, Gauge, type Registry } from "prom-client";

export type Labels = Readonly<Record<string, string>>;

/** A metric whose values are read off something at each look, not counted as things happen; what is not there any more has no value. */
export interface Collected {
  clear(): void;
  set(labels: Labels, value: number): void;
}

export function collectedGauge(registry: Registry, name: string, help: string, labelNames: string[]): Collected {
  const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
  return { clear: () => gauge.reset(), set: (labels, value) => gauge.set(labels, value) };
}

/** @param name as Prometheus wants it: with its unit, and ending in `_total` */
export function collectedCounter(registry: Registry, name: string, help: string, labelNames: string[]): Collected {
  const counter = new Counter({ name, help, labelNames, registers: [registry] });
  // prom-client's counters can only be added to, so a total is set by adding it to nothing.
  return { clear: () => counter.reset(), set: (labels, value) => counter.inc(labels, value) };
}
