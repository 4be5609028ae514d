import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Parser, parse } from "csv-parse";
import { openRegular } from "../regular-file.js";
import { readAt, withFile } from "./read-at.js";

/** A row of samples is short. A file without such rows is something else, and must not be gathered in memory. */
const LONGEST_ROW_BYTES = 1 << 20;

/** The file's rows as they are parsed; leaving the loop over them, an error or the signal closes the file. */
export async function openRows(
  path: string,
  options: { info?: boolean; to?: number },
  signal?: AbortSignal,
): Promise<Parser> {
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
export async function lineOf(path: string, row: number, signal?: AbortSignal): Promise<number> {
  let line = row;
  const rows = await openRows(path, { info: true, to: row }, signal);
  for await (const { info } of rows as AsyncIterable<{ info: { lines: number } }>) line = info.lines;
  return line;
}

/** Whether a file that is not compressed ends in the middle of a line. */
export async function endsInLine(path: string): Promise<boolean> {
  if (path.endsWith(".gz")) return false;
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    const last = await readAt(path, file, Math.max(0, size - 1), 1);
    return last.length === 1 && last[0] !== 0x0a;
  });
}
