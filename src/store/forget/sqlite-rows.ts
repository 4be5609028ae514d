import { existsSync } from "node:fs";
import type Sqlite from "better-sqlite3";
import { BioxError } from "../../errors.js";
import { systemCode } from "../../paths.js";
import { notCleared } from "./not-cleared.js";

/** How long a lock of somebody who is about to let go is waited for, ms. */
const LOCK_MS = 2000;

/** @throws BioxError FILE_UNREADABLE where better-sqlite3, an optional dependency, is not installed */
async function loadSqlite(path: string): Promise<typeof Sqlite> {
  try {
    return (await import("better-sqlite3")).default;
  } catch (cause) {
    throw new BioxError(
      "FILE_UNREADABLE",
      `File '${path}' cannot be read without better-sqlite3, which is not installed.`,
      "Install it with 'npm install better-sqlite3'.",
      { cause },
    );
  }
}

/**
 * How many rows of a database are of a wearer: all tables that have a column `wearer` are looked at.
 *
 * @throws BioxError FILE_UNREADABLE
 */
export async function countRows(path: string, wearer: string): Promise<number> {
  const open = await loadSqlite(path);
  return guarded(path, () => {
    const db = open(path, { readonly: true, timeout: LOCK_MS });
    try {
      return tables(db).reduce((sum, table) => {
        const count = db.prepare(`SELECT count(*) FROM ${table} WHERE wearer = ?`).pluck();
        return sum + (count.get(wearer) as number);
      }, 0);
    } finally {
      db.close();
    }
  });
}

/**
 * Refuses a database that another process has open. It is asked by its own locks: leaving the write-ahead log needs the file alone.
 *
 * @throws BioxError FILE_UNWRITABLE
 */
export async function requireUnused(path: string): Promise<void> {
  const open = await loadSqlite(path);
  guarded(path, () => {
    const db = open(path, { timeout: LOCK_MS });
    try {
      db.pragma("journal_mode = DELETE");
    } finally {
      db.close();
    }
  });
}

/**
 * Removes all rows of a wearer, and what is left of them in the file: it is written anew, and what it was is overwritten with zeros.
 *
 * @returns rows removed
 * @throws BioxError FILE_UNWRITABLE where another process has the file open
 */
export async function removeRows(path: string, wearer: string): Promise<number> {
  const open = await loadSqlite(path);
  return guarded(path, () => {
    const db = open(path, { timeout: LOCK_MS });
    try {
      db.pragma("journal_mode = DELETE");
      db.pragma("secure_delete = ON");
      const remove = db.transaction(() =>
        tables(db).reduce(
          (sum, table) => sum + db.prepare(`DELETE FROM ${table} WHERE wearer = ?`).run(wearer).changes,
          0,
        ),
      );
      const removed = remove();
      if (removed > 0) db.exec("VACUUM");
      return removed;
    } finally {
      db.close();
    }
  });
}

/** Names of tables with a column `wearer`, quoted. */
function tables(db: Sqlite.Database): string[] {
  const found = db
    .prepare(
      "SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.name = 'wearer'",
    )
    .pluck()
    .all() as string[];
  return found.map((name) => `"${name.replaceAll('"', '""')}"`);
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const code = systemCode(cause) ?? String(cause);
    if (/^SQLITE_(BUSY|LOCKED)/.test(code))
      throw new BioxError(
        "FILE_UNWRITABLE",
        `File '${path}' is in use by a gateway that is running.`,
        "Stop it first ('systemctl stop biox'), and start it again afterwards.",
        { cause },
      );
    throw notCleared(path, existsSync(path) ? code : "it does not exist", cause);
  }
}
