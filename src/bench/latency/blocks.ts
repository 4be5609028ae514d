import { median } from "../interleave.js";

/** Blocks of a finished run: between half as many and this. */
const MOST_BLOCKS = 32;
/** Windows in a block to begin with. */
const SMALLEST = 8;

/** Median and 95th percentile, ms, of consecutive blocks of `windows` windows each. */
export interface Blocks {
  windows: number;
  p50: number[];
  p95: number[];
}

/**
 * Cuts a run of unknown length into 16 to 32 blocks of equal length. Windows that follow one another are alike (the same clock
 * rate, the same neighbours on the machine), so the spread of single windows says too little about the spread of a run; that of
 * blocks says more. When all blocks are in use, pairs become one, whose numbers are the means of both.
 */
export class BlockStatistics {
  private size = SMALLEST;
  private readonly current: number[] = [];
  private readonly p50: number[] = [];
  private readonly p95: number[] = [];

  add(ms: number): void {
    this.current.push(ms);
    if (this.current.length < this.size) return;
    this.p50.push(median(this.current));
    this.p95.push(rank(this.current, 0.95));
    this.current.length = 0;
    if (this.p50.length < MOST_BLOCKS) return;
    for (const values of [this.p50, this.p95]) {
      for (let i = 0; i < MOST_BLOCKS / 2; i++) values[i] = (values[2 * i]! + values[2 * i + 1]!) / 2;
      values.length = MOST_BLOCKS / 2;
    }
    this.size *= 2;
  }

  /** Windows of a last, incomplete block are left out. */
  result(): Blocks {
    const rounded = (values: number[]): number[] => values.map((value) => Math.round(value * 1e6) / 1e6);
    return { windows: this.size, p50: rounded(this.p50), p95: rounded(this.p95) };
  }
}

/** The nearest-rank percentile, `share` 0 to 1. */
function rank(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
