/** 0 below `low`, 1 above `high`, a straight line between; 0 for what is not a number. */
export function ramp(value: number, low: number, high: number): number {
  return value > low ? Math.min(1, (value - low) / (high - low)) : 0;
}

/** Pulse rates that are believed, beats per minute. */
export const SLOWEST = 30;
export const FASTEST = 230;
/** Shortest window in which a pulse is looked for, s: a slow heart beats three times in it. */
export const SHORTEST_WINDOW_S = 5;
