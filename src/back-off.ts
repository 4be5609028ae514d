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

  /** @param random 0 to 1, as Math.random */
  constructor(private readonly random: () => number = Math.random) {}

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
    return range * (0.5 + this.random() / 2);
  }
}
