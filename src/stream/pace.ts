/** Longest wait between two looks at the clock, ms; also how long a closed replay may linger. */
const TICK_MS = 10;

/**
 * Calls `step` with the milliseconds of play time that have passed, again and again, until it gives true.
 *
 * Play time runs `speed` times as fast as the clock. A late timer delivers more at once; nothing is left out. A step that has to
 * wait for a file holds up the next, never overlaps it.
 */
export function play(speed: number, step: (playedMs: number) => boolean | Promise<boolean>): { stop(): void } {
  const start = performance.now();
  let stopped = false;
  let timer: NodeJS.Timeout;
  const tick = async (): Promise<void> => {
    const finished = await step((performance.now() - start) * speed);
    if (!finished && !stopped) timer = setTimeout(tick, TICK_MS);
  };
  timer = setTimeout(tick, 0);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
