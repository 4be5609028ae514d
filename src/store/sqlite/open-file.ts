import type Sqlite from "better-sqlite3";

/** How long another process is waited for that has the file locked, ms. */
const LOCK_MS = 5000;

/**
 * Opens an SQLite file, which is made where it is missing, for one thread that writes it. Rows that are removed are overwritten, and not
 * left readable in pages that wait to be used again.
 *
 * @param synchronous FULL: what was written is on the disk when a call returns; NORMAL: a crash of the process loses nothing that was
 * written, a power failure the last minutes, but never the file
 * @param begin makes the tables; where it throws, the file is closed again
 * @throws SqliteError where the file is damaged, or the disk does not take it
 */
export function openFile<T>(
  sqlite: typeof Sqlite,
  path: string,
  synchronous: "FULL" | "NORMAL",
  begin: (db: Sqlite.Database) => T,
): T {
  const db = sqlite(path, { timeout: LOCK_MS });
  try {
    db.pragma("auto_vacuum = INCREMENTAL");
    db.pragma("journal_mode = WAL");
    // KiB; better-sqlite3 is built for 16 MB, which a file of months would fill for nothing: pages are read once.
    db.pragma("cache_size = -2000");
    db.pragma(`synchronous = ${synchronous}`);
    db.pragma("secure_delete = ON");
    return begin(db);
  } catch (error) {
    db.close();
    throw error;
  }
}
