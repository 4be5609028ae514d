import type { EdfLoss } from "./edf-survey.js";

/** Which samples of a stream were measured: those from `first` to `end`, but for what was lost between; by their number in the file. */
export class Measured {
  readonly first: number;
  readonly end: number;
  /** In order, none over another. */
  private readonly lost: { from: number; until: number }[] = [];
  private next = 0;

  /**
   * @param losses of this stream
   * @param end seconds at which the file ends
   */
  constructor(losses: readonly EdfLoss[], rate: number, end: number) {
    let first = 0;
    let last = Math.round(end * rate);
    const spans = losses
      .map(({ onset, duration, lost }) => ({
        ...{ from: Math.round(onset * rate), until: Math.round((onset + duration) * rate), lost },
      }))
      .sort((a, b) => a.from - b.from);
    for (const { from, until, lost } of spans) {
      if (!lost && from <= 0) first = Math.max(first, until);
      else if (!lost && until >= last) last = Math.min(last, from);
      else {
        const before = this.lost.at(-1);
        if (before && from <= before.until) before.until = Math.max(before.until, until);
        else this.lost.push({ from, until });
      }
    }
    this.first = first;
    this.end = last;
  }

  /** Makes NaN what was lost. Blocks come in order. */
  strike(index: number, count: number, width: number, values: Float64Array): void {
    while (this.next < this.lost.length && this.lost[this.next]!.until <= index) this.next++;
    for (let k = this.next; k < this.lost.length && this.lost[k]!.from < index + count; k++) {
      const { from, until } = this.lost[k]!;
      values.fill(Number.NaN, Math.max(0, from - index) * width, Math.min(count, until - index) * width);
    }
  }
}
