import type { PreparedArray } from "../prepare/index.js";

/** Equal stretches of one array side by side, one for each window of a batch. Views of them are made once. */
export class Lanes<T extends PreparedArray> {
  private readonly single: readonly T[];
  private readonly together: readonly T[];

  /** @param all `batch` times the size of one window */
  constructor(
    readonly all: T,
    batch: number,
  ) {
    const size = all.length / batch;
    const view = (from: number, to: number): T => all.subarray(from * size, to * size) as T;
    this.single = Array.from({ length: batch }, (_, lane) => view(lane, lane + 1));
    this.together = Array.from({ length: batch }, (_, last) => view(0, last + 1));
  }

  /** The stretch of one window. */
  of(lane: number): T {
    return this.single[lane]!;
  }

  /** The stretches of a span of windows. */
  span({ first, count }: Span): T {
    return count === 1 ? this.single[first]! : this.together[count - 1]!;
  }
}

/** Windows of a batch that are run together: one alone, or the first few. */
export interface Span {
  readonly first: number;
  readonly count: number;
}
