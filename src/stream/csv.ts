import { createReadStream } from "node:fs";
import { access, constants } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { parse } from "csv-parse";
import { BioxError, show } from "../errors.js";
import { unreadable } from "../paths.js";

/** The columns asked for of a table of numbers, one array per column. */
export interface Table {
  readonly columns: readonly string[];
  readonly values: readonly Float64Array[];
}

/**
 * Reads columns of a CSV or CSV.gz file.
 *
 * The first row names the columns, or where it is all numbers the columns are "1", "2", ... Every cell of a chosen column must be
 * a finite number: NaN, text and empty cells are refused with the line they stand on, since a model would turn them into a
 * confident wrong answer.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID, CHANNEL_MISSING
 */
export async function readCsv(path: string, wanted: readonly string[]): Promise<Table> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const rows = parse({ bom: true, trim: true, relax_column_count: true, skip_empty_lines: true, info: true });
  const file = createReadStream(path);
  const text = path.endsWith(".gz") ? file.pipe(createGunzip().on("error", (e) => rows.destroy(e))) : file;
  file.on("error", (error) => rows.destroy(error));
  text.pipe(rows);

  let columns: string[] | undefined;
  let picks: number[] = [];
  const values: number[][] = wanted.map(() => []);
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (!columns) {
        const headed = record.some((cell) => Number.isNaN(numberOf(cell)));
        columns = headed ? record : record.map((_, i) => String(i + 1));
        picks = wanted.map((name) => findColumn(path, columns as string[], name));
        if (headed) continue;
      }
      for (let c = 0; c < picks.length; c++) {
        const cell = record[picks[c]!];
        const value = numberOf(cell);
        if (!Number.isFinite(value))
          throw new BioxError(
            "FILE_INVALID",
            `${path} line ${info.lines}, column '${wanted[c]}': expected a finite number, but found ${cell === undefined ? "no cell" : show(cell)}.`,
            "Remove or repair that row; samples are never invented.",
          );
        values[c]!.push(value);
      }
    }
  } catch (cause) {
    if (cause instanceof BioxError) throw cause;
    throw new BioxError(
      "FILE_INVALID",
      `${path} is not a readable CSV file: ${(cause as Error).message}.`,
      "Expected comma-separated numbers, one row per sample.",
      { cause },
    );
  } finally {
    file.destroy();
  }
  if (!columns || values[0]?.length === 0)
    throw new BioxError(
      "FILE_INVALID",
      `${path} is empty: it holds no row of numbers.`,
      "Expected comma-separated numbers, one row per sample.",
    );
  return { columns, values: values.map((column) => Float64Array.from(column)) };
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
