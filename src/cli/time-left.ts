/**
 * Writes how far a long work of several parts is: "old model [#####     ] 120 of 353, 12 s left". The time is reckoned from the part's
 * own pace.
 */
export function timeLeft(
  now: () => number = () => performance.now(),
): (what: string, done: number, total: number) => string {
  let part: string | undefined;
  let start = 0;
  let first = 0;
  return (what, done, total) => {
    // The first of a part also loads things, so that the pace begins after it.
    if (what !== part) [part, start, first] = [what, now(), done];
    const bar = "#".repeat(Math.round((10 * done) / total)).padEnd(10);
    const seconds = done > first ? ((now() - start) / 1000 / (done - first)) * (total - done) : undefined;
    return `${what} [${bar}] ${done} of ${total}${seconds === undefined ? "" : `, ${spoken(seconds)} left`}`;
  };
}

function spoken(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 6000) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
