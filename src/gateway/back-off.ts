const LEAST_MS = 500;
const MOST_MS = 30_000;
/** What has worked for so long begins anew with short waits, ms. */
const SETTLED_MS = 60_000;

/**
 * Waits that grow from 0.5 s to 30 s, each drawn from the upper half of its range, so that many that failed together do not try together
 * ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015: equal jitter).
 */
export class BackOff {
  #attempt = 0;
  #succeeded = Number.POSITIVE_INFINITY;

  /** It has worked, from now on. */
  succeeded(): void {
    this.#succeeded = performance.now();
  }

  /** What was waited for has come: it begins with short waits again. */
  reset(): void {
    this.#attempt = 0;
  }

  /** How long to wait before the next attempt, ms. */
  next(): number {
    if (performance.now() - this.#succeeded > SETTLED_MS) this.#attempt = 0;
    this.#succeeded = Number.POSITIVE_INFINITY;
    const range = Math.min(MOST_MS, LEAST_MS * 2 ** this.#attempt++);
    return range * (0.5 + Math.random() / 2);
  }
}

/** Resolves after `ms`, when `signal` aborts, or when `early` is called; never rejects. */
export function waitFor(
  ms: number,
  signal: AbortSignal | undefined,
  early: (wake: () => void) => () => void = () => () => {},
): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      deafen();
      resolve();
    };
    const timer = setTimeout(wake, ms);
    const deafen = early(() => wake());
    if (signal?.aborted) wake();
    else signal?.addEventListener("abort", wake, { once: true });
  });
}
