import type { Layout } from "./layout.js";
import type { Line } from "./parse.js";

/** A printed time further from the last than so many periods is looked at twice. */
const USUAL_PERIODS = 1.75;

/**
 * Keeps a damaged digit of a counter or time from becoming a loss or a restart. A line whose number does not come right after
 * the one before waits for the next line: where that one goes on from the numbers before as if the waiting one were not there,
 * the waiting one is damaged; otherwise there was a loss, or a restart.
 */
export class OutlierGuard {
  readonly #column: number;
  readonly #longestStep: number;
  #last = Number.NaN;
  #held: Line | undefined;

  /** A layout without counter and time lets all lines pass. */
  constructor({ columns, rate, msPerUnit }: Layout) {
    const sequence = columns.findIndex(({ role }) => role === "sequence");
    this.#column = sequence >= 0 ? sequence : columns.findIndex(({ role }) => role === "time");
    this.#longestStep = sequence >= 0 ? 1 : (USUAL_PERIODS * 1000) / rate / msPerUnit;
  }

  /** Takes the next line; passes on those that are good now, in order, and tells of one that is damaged. */
  push(line: Line, onLine: (line: Line) => void, onDamaged: () => void): void {
    if (this.#column < 0) {
      onLine(line);
      return;
    }
    const now = line.values[this.#column]!;
    const held = this.#held;
    if (held) {
      const between = held.values[this.#column]!;
      this.#held = undefined;
      if (now > this.#last && !(between > this.#last && between < now)) onDamaged();
      else this.#pass(held, onLine);
    }
    const step = now - this.#last;
    if (Number.isNaN(this.#last) || (step > 0 && step <= this.#longestStep)) this.#pass(line, onLine);
    else this.#held = line;
  }

  #pass(line: Line, onLine: (line: Line) => void): void {
    const now = line.values[this.#column]!;
    if (Number.isFinite(now)) this.#last = now;
    onLine(line);
  }
}
