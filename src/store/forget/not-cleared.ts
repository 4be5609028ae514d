import { BioxError } from "../../errors.js";

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_FULL: "the disk is full",
  SQLITE_READONLY: "it may not be written",
  SQLITE_CANTOPEN: "it cannot be opened",
  SQLITE_IOERR: "the disk does not take it",
};

/** The error for a database from which nothing could be removed; `reason` is a sentence's end, or SQLite's code. */
export function notCleared(path: string, reason: string, cause?: unknown): BioxError {
  return new BioxError(
    "FILE_UNWRITABLE",
    `File '${path}' cannot be cleared: ${REASONS[reason] ?? reason}.`,
    "Make room on the disk and try again; or set the file aside, if what it holds of others is not needed.",
    { cause },
  );
}
