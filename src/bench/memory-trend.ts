import { slopeOf } from "./slope.js";

/** Spans that a run is cut into; of each the least value counts, since garbage that is not collected yet is no leak. */
const SPANS = 20;
/**
 * Share of the run that is left out at its start: caches and compiled code fill then, and so do the rings, which hold 180 s of signal. Only
 * runs of nine minutes or more are long enough to leave all of that behind.
 */
const WARM_UP = 0.35;

/** How memory went over a run. MB are 2^20 bytes. */
export interface MemoryTrend {
  /** MB at the end of the warm-up and at the end. */
  from: number;
  to: number;
  /** MB a minute, and its standard error. */
  slope: number;
  error: number;
  /** Whether the slope is not above what two standard errors explain. */
  flat: boolean;
}

/**
 * @param bytes memory in use, at equal distances of time over the whole run
 * @param minutes the run took
 */
export function memoryTrend(bytes: readonly number[], minutes: number): MemoryTrend {
  const settled = bytes.slice(Math.floor(bytes.length * WARM_UP)).map((value) => value / 2 ** 20);
  const spans = Math.min(SPANS, settled.length);
  const floors = Array.from({ length: spans }, (_, k) =>
    Math.min(
      ...settled.slice(Math.floor((k * settled.length) / spans), Math.floor(((k + 1) * settled.length) / spans)),
    ),
  );
  const perMinute = spans / (minutes * (1 - WARM_UP));
  const { slope, error } = slopeOf(floors);
  return {
    from: floors[0]!,
    to: floors.at(-1)!,
    slope: slope * perMinute,
    error: error * perMinute,
    flat: slope <= 2 * error,
  };
}
