import { BioxError, show } from "../errors.js";
import { Column } from "./column.js";
import { endsInLine, lineOf, openRows } from "./csv-rows.js";

/** The columns asked for of a table of numbers, one array per column. */
export interface Table {
  readonly columns: readonly string[];
  readonly values: readonly Float64Array[];
}

/** A table to be played: lost samples are NaN in all columns. */
export interface PlayedTable extends Table {
  /** Host time of each row, epoch ms, never less than the one before; only tables of `biox record` and `biox export` have it. */
  readonly times: Float64Array | undefined;
  readonly warnings: readonly string[];
}

/** Names of columns with times, such as `time`, `t`, `time_s` and `timestamp (ms)`; what is written there need not be numbers. */
const TIME = /^(time|t|timestamp)([ _]?\(?(s|sec|seconds|ms|us|ns)\)?)?$/i;

/**
 * Reads columns of a CSV or CSV.gz file.
 *
 * The first row names the columns, or where it is all numbers the columns are "1", "2", ... Every cell of a chosen column must be
 * a finite number: NaN, text and empty cells are refused with the line they stand on, since a model would turn them into a
 * confident wrong answer. So are rows with another number of cells than the first one, and times that go back.
 *
 * @param signal ends the reading of a long file; the promise then rejects with its reason
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID, CHANNEL_MISSING
 */
export async function readCsv(path: string, wanted: readonly string[], signal?: AbortSignal): Promise<Table> {
  const { columns, values } = await readRows(path, wanted, false, signal);
  return { columns, values };
}

/** As {@link readCsv}; of a table of ours, rows whose samples were lost, and a last row that was cut off, are no reason to refuse it. */
export function readPlayedCsv(path: string, wanted: readonly string[], signal?: AbortSignal): Promise<PlayedTable> {
  return readRows(path, wanted, true, signal);
}

async function readRows(
  path: string,
  wanted: readonly string[],
  played: boolean,
  signal?: AbortSignal,
): Promise<PlayedTable> {
  const cutOff = await endsInLine(path);
  let taker: RowTaker | undefined;
  let waiting: string[] | undefined;
  let [rows, ours] = [0, false];
  const take = async (record: string[]): Promise<void> => {
    const problem = taker!.take(record);
    if (problem !== undefined) throw badRow(path, await lineOf(path, rows, signal), problem);
  };
  try {
    for await (const record of (await openRows(path, {}, signal)) as AsyncIterable<string[]>) {
      if (!taker) {
        const headed = record.some((cell) => Number.isNaN(numberOf(cell)));
        const columns = headed ? record : record.map((_, i) => String(i + 1));
        ours = played && columns[0] === "time" && columns[1] === "sample";
        taker = new RowTaker(path, columns, wanted, ours);
        rows++;
        if (!headed) await take(record);
        continue;
      }
      // Of the last row it is known only at the end whether it is whole.
      if (waiting) {
        rows++;
        await take(waiting);
      }
      waiting = record;
    }
    rows++;
    if (waiting && !(ours && cutOff)) await take(waiting);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof BioxError) throw cause;
    throw new BioxError(
      "FILE_INVALID",
      `${path} is not a readable CSV file: ${(cause as Error).message}.`,
      "Expected comma-separated numbers, one row per sample.",
      { cause },
    );
  }
  if (!taker || taker.values[0]?.length === 0)
    throw new BioxError(
      "FILE_INVALID",
      `${path} is empty: it holds no row of numbers.`,
      "Expected comma-separated numbers, one row per sample.",
    );
  return {
    columns: taker.columns,
    values: taker.values.map((column) => column.take()),
    times: ours ? taker.times.take() : undefined,
    warnings:
      ours && cutOff ? [`${path} ends in the middle of a row, as where a recorder was cut off: it is left out.`] : [],
  };
}

/** Rows of one table, checked one by one. */
class RowTaker {
  readonly values: readonly Column[];
  /** Of a table of ours. */
  readonly times = new Column();
  private readonly picks: readonly number[];
  private readonly clock: number;
  private lastTime = Number.NEGATIVE_INFINITY;
  private lastSample: number | undefined;

  /** @param ours whether rows have a time each, and may have empty cells */
  constructor(
    path: string,
    readonly columns: readonly string[],
    private readonly wanted: readonly string[],
    private readonly ours: boolean,
  ) {
    this.values = wanted.map(() => new Column());
    this.picks = wanted.map((name) => findColumn(path, columns, name));
    this.clock = columns.findIndex((name) => TIME.test(name));
  }

  /** Returns what is wrong with the row, if anything. */
  take(record: readonly string[]): string | undefined {
    const { columns, picks } = this;
    // A comma at the end of each row adds nothing.
    if (
      record.length !== columns.length &&
      !(record.length > columns.length && record.slice(columns.length).every((cell) => cell === ""))
    )
      return `: expected ${columns.length} cells, as in the first row, but found ${record.length}`;
    const problem = this.ours ? this.takeNumber(record) : this.takeTime(record);
    if (problem !== undefined) return problem;
    for (let c = 0; c < picks.length; c++) {
      const cell = record[picks[c]!];
      const value = numberOf(cell);
      if (!Number.isFinite(value) && !(this.ours && cell === ""))
        return `, column '${this.wanted[c]}': expected a finite number, but found ${cell === undefined ? "no cell" : show(cell)}`;
      this.values[c]!.push(value);
    }
    return undefined;
  }

  private takeTime(record: readonly string[]): string | undefined {
    const { clock, columns, lastTime } = this;
    const time = clock < 0 ? Number.NaN : numberOf(record[clock]);
    if (time < lastTime) return `, column '${columns[clock]}': the time goes back from ${lastTime} to ${time}`;
    if (time >= lastTime) this.lastTime = time;
    return undefined;
  }

  /** Rows of ours are in the order of their numbers; their times are corrected as the device's clock is learnt, back too. */
  private takeNumber([time, sample]: readonly string[]): string | undefined {
    const number = numberOf(sample);
    const next = this.lastSample === undefined ? number : this.lastSample + 1;
    if (!Number.isInteger(number) || number !== next)
      return `, column 'sample': expected ${Number.isInteger(next) ? next : "a whole number"}, but found ${show(sample)}`;
    this.lastSample = number;
    if (!Number.isFinite(numberOf(time))) return `, column 'time': expected a finite number, but found ${show(time)}`;
    this.lastTime = Math.max(this.lastTime, numberOf(time));
    this.times.push(this.lastTime);
    return undefined;
  }
}

function badRow(path: string, line: number, problem: string): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `${path} line ${line}${problem}.`,
    "Remove or repair that row; samples are never invented.",
  );
}

function numberOf(cell: string | undefined): number {
  return cell === undefined || cell === "" ? Number.NaN : Number(cell);
}

function findColumn(path: string, columns: readonly string[], name: string): number {
  const at = columns.indexOf(name);
  if (at >= 0) return at;
  throw new BioxError(
    "CHANNEL_MISSING",
    `${path} has no column '${name}'; it has ${columns.slice(0, 20).join(", ")}.`,
    "Name one of these with channel=.",
  );
}
