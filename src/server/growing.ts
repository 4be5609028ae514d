/**
 * Totals of counters that begin anew, as those of a source do when it is opened again: what they had counted before is kept, so that the
 * total never goes back.
 */
export class Growing {
  readonly #counters = new Map<string, { epoch: number; last: number; before: number }>();

  /**
   * The total of a counter that now stands at `value`.
   *
   * @param epoch changes when the counter has begun anew; one that stands lower than before has, too
   */
  total(key: string, value: number, epoch = 0): number {
    const counter = this.#counters.get(key);
    if (!counter) {
      this.#counters.set(key, { epoch, last: value, before: 0 });
      return value;
    }
    if (epoch !== counter.epoch || value < counter.last) counter.before += counter.last;
    counter.epoch = epoch;
    counter.last = value;
    return counter.before + value;
  }

  /** Forgets the counters whose keys are not among these. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#counters.keys()) if (!keys.has(key)) this.#counters.delete(key);
  }
}
