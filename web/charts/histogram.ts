/** Columns of time and rows of latency, the rows each the same factor. */
export const COLUMNS = 60;
export const ROWS_A_DECADE = 12;

/** Counts of a histogram over time: `counts[column * rows + row]`; row 0 holds `low`, each row `10^(1/12)` times the one before. */
export interface Histogram {
  readonly low: number;
  readonly rows: number;
  readonly counts: Uint16Array;
  readonly most: number;
}

/**
 * Sorts latencies into cells.
 *
 * @param x times, epoch ms; those outside `from` to `to` are left out
 * @param y latencies, ms, above 0
 */
export function histogram(x: readonly number[], y: readonly number[], from: number, to: number): Histogram {
  const [least, greatest] = [Math.min(...y, Number.POSITIVE_INFINITY), Math.max(...y, 0)];
  // At least one decade, at whole decades and thirds of one: axes of a steady latency stand still.
  const third = (value: number): number => Math.floor(Math.log10(Math.max(value, 1e-3)) * 3) / 3;
  const bottom = y.length > 0 ? third(least) : 0;
  const top = y.length > 0 ? Math.max(third(greatest) + 1 / 3, bottom + 1) : 1;
  const rows = Math.round((top - bottom) * ROWS_A_DECADE);
  const counts = new Uint16Array(COLUMNS * rows);
  let most = 0;
  for (let i = 0; i < x.length; i++) {
    const column = Math.floor(((x[i]! - from) / (to - from)) * COLUMNS);
    if (column < 0 || column >= COLUMNS) continue;
    const row = Math.floor((Math.log10(Math.max(y[i]!, 1e-3)) - bottom) * ROWS_A_DECADE + 1e-9);
    const cell = column * rows + Math.min(rows - 1, Math.max(0, row));
    most = Math.max(most, ++counts[cell]!);
  }
  return { low: 10 ** bottom, rows, counts, most };
}
