import type { Percentiles, Prediction, Summary } from "./types.js";

/** Windows whose times are kept for percentiles: bounded, so that a run of weeks needs no more memory than one of an hour. */
const KEPT = 4096;

const STAGES = ["prepare", "lower", "bridge", "upper", "total", "age"] as const;

/** Stage times of the latest windows of a run. */
export class StageStatistics {
  private readonly times = Object.fromEntries(STAGES.map((s) => [s, new Float64Array(KEPT)])) as Record<
    (typeof STAGES)[number],
    Float64Array
  >;
  private count = 0;
  private cached: Summary["ms"] | undefined;

  add({ ms, ageMs }: Prediction): void {
    this.cached = undefined;
    const at = this.count++ % KEPT;
    for (const stage of STAGES) this.times[stage][at] = stage === "age" ? ageMs : ms[stage];
  }

  percentiles(): Summary["ms"] {
    const kept = Math.min(this.count, KEPT);
    // A live view asks far more often than windows come.
    this.cached ??= Object.fromEntries(
      STAGES.map((s) => [s, percentiles(this.times[s].slice(0, kept))]),
    ) as Summary["ms"];
    return this.cached;
  }
}

/** Nearest-rank percentiles; zeros where there is nothing. Sorts `values` in place. */
export function percentiles(values: Float64Array): Percentiles {
  values.sort();
  const rank = (p: number): number => values[Math.max(0, Math.ceil(p * values.length) - 1)] ?? 0;
  return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) };
}
