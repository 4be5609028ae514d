/** Wrong tokens that an address may show in a span of time. */
const MOST = 10;
const SPAN_MS = 60_000;
/** Addresses that are kept; the oldest is forgotten first. */
const ADDRESSES = 10_000;

/** Slows down who tries tokens: after ten wrong ones within a minute, those of that address are not even looked at until it is over. */
export class Failures {
  readonly #counts = new Map<string, { wrong: number; until: number }>();

  /** Seconds, 1 or more, until an address may try again; undefined where it may now. */
  wait(address: string): number | undefined {
    const count = this.#counts.get(address);
    const left = (count?.until ?? 0) - performance.now();
    return count && count.wrong >= MOST && left > 0 ? Math.ceil(left / 1000) : undefined;
  }

  add(address: string): void {
    const now = performance.now();
    const count = this.#counts.get(address);
    if (count && count.until > now) {
      count.wrong++;
      return;
    }
    this.#counts.delete(address);
    if (this.#counts.size >= ADDRESSES) this.#counts.delete(this.#counts.keys().next().value!);
    this.#counts.set(address, { wrong: 1, until: now + SPAN_MS });
  }
}
