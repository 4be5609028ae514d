const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** How long to wait before the next attempt: twice as long after each failure, and not all at one moment after a broker's restart. */
export class Backoff {
  private failures = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** ms, between half and all of 0.5 s, 1 s, 2 s and so on up to 30 s. */
  next(): number {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.failures++, 16));
    return longest * (0.5 + 0.5 * this.random());
  }

  reset(): void {
    this.failures = 0;
  }
}
