import { type Column, columnsOf } from "./columns.js";

/** Rows of numbers without names, each of as many as the first. */
type Rows = readonly (readonly number[])[];

function column(rows: Rows, i: number): number[] {
  return rows.map((row) => row[i]!);
}

const wholeWithin =
  (low: number, high: number) =>
  (value: number): boolean =>
    Number.isInteger(value) && value >= low && value <= high;

/** Whether a column is a value held from beat to beat: in so few rows it changes once at most. */
function isHeld(values: readonly number[], high: number): boolean {
  const changes = values.filter((value, i) => i > 0 && value !== values[i - 1]).length;
  return changes <= 1 && values.every(wholeWithin(0, high));
}

/** A rate and an interval that belong together: PulseSensor averages over ten beats, so half as much either way is allowed. */
function agree(rates: readonly number[], intervals: readonly number[]): boolean {
  return rates.every((rate, i) => {
    const interval = intervals[i]!;
    return rate === 0 || (interval > 0 && rate * interval > 30_000 && rate * interval < 90_000);
  });
}

/** A counter of ms or us: beyond any converter's range, and rising by steps that are all but equal. */
function isTime(values: readonly number[]): boolean {
  if (!values.every(wholeWithin(0, Number.MAX_SAFE_INTEGER)) || values.at(-1)! < 4096) return false;
  const steps = values.slice(1).map((value, i) => value - values[i]!);
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  return least > 0 && most - least <= Math.max(2, least / 10);
}

/**
 * What the columns of nameless rows are, judged by what is in them: the forms of PulseSensor (`bpm,ibi,signal` and
 * `signal,bpm,ibi,beat`) and a time before the values are recognised; all else is ch1, ch2 and so on.
 *
 * @param rows some 16 rows
 */
export function guessColumns(rows: Rows): Column[] {
  const width = rows[0]!.length;
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => (i < width ? column(rows, i) : [])) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const varies = (values: readonly number[]) => values.some((value) => value !== values[0]);
  if (width === 3 && isHeld(a, 250) && isHeld(b, 3000) && agree(a, b) && varies(c))
    return columnsOf(["bpm", "ibi", "signal"]);
  if (width === 4 && varies(a) && isHeld(b, 250) && isHeld(c, 3000) && agree(b, c) && d.every(wholeWithin(0, 1)))
    return columnsOf(["signal", "bpm", "ibi", "beat"]);
  const timed = width > 1 && isTime(a);
  return columnsOf([
    ...(timed ? ["time"] : []),
    ...Array.from({ length: width - Number(timed) }, (_, i) => `ch${i + 1}`),
  ]);
}
