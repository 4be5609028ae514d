import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Parser, parse } from "csv-parse";
import { BioxError, show } from "../errors.js";
import { openRegular } from "../regular-file.js";
import { Column } from "./column.js";

/** The columns asked for of a table of numbers, one array per column. */
export interface Table {
  readonly columns: readonly string[];
  readonly values: readonly Float64Array[];
}

/** A row of samples is short. A file without such rows is something else, and must not be gathered in memory. */
const LONGEST_ROW_BYTES = 1 << 20;

/**
 * Reads columns of a CSV or CSV.gz file.
 *
 * The first row names the columns, or where it is all numbers the columns are "1", "2", ... Every cell of a chosen column must be
 * a finite number: NaN, text and empty cells are refused with the line they stand on, since a model would turn them into a
 * confident wrong answer.
 *
 * @param signal ends the reading of a long file; the promise then rejects with its reason
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID, CHANNEL_MISSING
 */
export async function readCsv(path: string, wanted: readonly string[], signal?: AbortSignal): Promise<Table> {
  let columns: string[] | undefined;
  let picks: number[] = [];
  let rows = 0;
  const values = wanted.map(() => new Column());
  try {
    for await (const record of (await openRows(path, {}, signal)) as AsyncIterable<string[]>) {
      rows++;
      if (!columns) {
        const headed = record.some((cell) => Number.isNaN(numberOf(cell)));
        columns = headed ? record : record.map((_, i) => String(i + 1));
        picks = wanted.map((name) => findColumn(path, columns as string[], name));
        if (headed) continue;
      }
      for (let c = 0; c < picks.length; c++) {
        const cell = record[picks[c]!];
        const value = numberOf(cell);
        if (!Number.isFinite(value)) throw badCell(path, await lineOf(path, rows, signal), wanted[c]!, cell);
        values[c]!.push(value);
      }
    }
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
  if (!columns || values[0]?.length === 0)
    throw new BioxError(
      "FILE_INVALID",
      `${path} is empty: it holds no row of numbers.`,
      "Expected comma-separated numbers, one row per sample.",
    );
  return { columns, values: values.map((column) => column.take()) };
}

/** The file's rows as they are parsed; leaving the loop over them, an error or the signal closes the file. */
async function openRows(path: string, options: { info?: boolean; to?: number }, signal?: AbortSignal): Promise<Parser> {
  const rows = parse({
    ...{ bom: true, trim: true, relax_column_count: true, skip_empty_lines: true },
    max_record_size: LONGEST_ROW_BYTES,
    ...options,
  });
  const file = (await openRegular(path)).createReadStream();
  const stages = path.endsWith(".gz") ? [file, createGunzip(), rows] : [file, rows];
  // Whoever reads the rows meets the same error there.
  pipeline(stages, signal ? { signal } : {}).catch(() => {});
  return rows;
}

/**
 * The line on which a row ends; rows count from 1. The parser is asked for lines only here: with them each row takes three times as
 * long, and only a refusal needs one.
 */
async function lineOf(path: string, row: number, signal?: AbortSignal): Promise<number> {
  let line = row;
  const rows = await openRows(path, { info: true, to: row }, signal);
  for await (const { info } of rows as AsyncIterable<{ info: { lines: number } }>) line = info.lines;
  return line;
}

function badCell(path: string, line: number, column: string, cell: string | undefined): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `${path} line ${line}, column '${column}': expected a finite number, but found ${cell === undefined ? "no cell" : show(cell)}.`,
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
