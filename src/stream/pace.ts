/** Longest wait between two looks at the clock, ms; also how long a closed replay may linger. */
const TICK_MS = 10;

/**
 * Calls `step` with the milliseconds of play time that have passed, again and again, until it returns true.
 *
 * Play time runs `speed` times as fast as the clock. A late timer delivers more at once; nothing is left out.
 */
export function play(speed: number, step: (playedMs: number) => boolean): { stop(): void } {
  const start = performance.now();
  let timer: NodeJS.Timeout;
  const tick = (): void => {
    if (!step((performance.now() - start) * speed)) timer = setTimeout(tick, TICK_MS);
  };
  timer = setTimeout(tick, 0);
  return { stop: () => clearTimeout(timer) };
}
