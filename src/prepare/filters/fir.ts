import type { FilterState, LinearFilter } from "./filter.js";

const BLOCK = 1024;

/** A finite impulse response, applied by direct convolution. */
export class FirFilter implements LinearFilter {
  readonly dcGain: number;
  readonly padding: number;

  constructor(readonly taps: Float64Array) {
    this.dcGain = taps.reduce((sum, tap) => sum + tap, 0);
    this.padding = 3 * taps.length;
  }

  createState(): FilterState {
    return new FirState(this.taps);
  }
}

class FirState implements FilterState {
  /** Taps from the last to the first, so that both arrays of the inner loop are walked forwards. */
  readonly #reversed: Float64Array;
  /** The last taps - 1 inputs, then the block at hand. */
  readonly #line: Float64Array;

  constructor(taps: Float64Array) {
    this.#reversed = taps.slice().reverse();
    this.#line = new Float64Array(taps.length - 1 + BLOCK);
  }

  run(x: Float64Array, from: number, count: number): void {
    for (let done = 0; done < count; done += BLOCK) this.#block(x, from + done, Math.min(BLOCK, count - done));
  }

  clear(): void {
    this.#line.fill(0);
  }

  #block(x: Float64Array, from: number, count: number): void {
    const taps = this.#reversed;
    const line = this.#line;
    const length = taps.length;
    const past = length - 1;
    const even = length & ~1;
    for (let i = 0; i < count; i++) line[past + i] = x[from + i]!;
    for (let i = 0; i < count; i++) {
      // Two sums: one alone would wait for each addition to finish.
      let sum0 = 0;
      let sum1 = 0;
      for (let k = 0; k < even; k += 2) {
        sum0 += taps[k]! * line[i + k]!;
        sum1 += taps[k + 1]! * line[i + k + 1]!;
      }
      if (even < length) sum0 += taps[even]! * line[i + even]!;
      x[from + i] = sum0 + sum1;
    }
    line.copyWithin(0, count, count + past);
  }
}
