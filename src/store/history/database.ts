import type Sqlite from "better-sqlite3";
import type { HistoryLimits, HistoryQuery, Page, Row } from "./protocol.js";

const DAY_MS = 86_400_000;
/** How often limits are looked at. */
const PRUNE_MS = 60_000;
/** Rows that one step removes, and steps in one go: the thread answers queries in between. */
const PRUNE_ROWS = 2000;
const PRUNE_STEPS = 50;
/** Messages in one piece of an answer. */
const PAGE_ROWS = 200;

/** Messages of all wearers in an SQLite file. For a thread of its own: it waits for the disk. */
export class HistoryDatabase {
  private readonly insert: Sqlite.Statement;
  private readonly find: Sqlite.Statement;
  private readonly removeOld: Sqlite.Statement;
  private readonly removeFirst: Sqlite.Statement;
  private readonly removeAll: Sqlite.Statement;
  private pruned = 0;

  /** @throws SqliteError where the file is damaged, or the disk does not take it */
  constructor(
    private readonly db: Sqlite.Database,
    private readonly limits: HistoryLimits,
  ) {
    db.exec(
      "CREATE TABLE IF NOT EXISTS history (seq INTEGER PRIMARY KEY, wearer TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL);" +
        "CREATE INDEX IF NOT EXISTS history_of ON history (wearer, at)",
    );
    this.insert = db.prepare("INSERT INTO history (wearer, at, body) VALUES (?, ?, ?)");
    this.find = db
      .prepare("SELECT body FROM history WHERE wearer = ? AND at >= ? AND at <= ? ORDER BY at DESC, seq DESC LIMIT ?")
      .pluck();
    const first = `seq IN (SELECT seq FROM history ORDER BY seq LIMIT ${PRUNE_ROWS})`;
    this.removeOld = db.prepare(`DELETE FROM history WHERE ${first} AND at < ?`);
    this.removeFirst = db.prepare(`DELETE FROM history WHERE ${first}`);
    this.removeAll = db.prepare("DELETE FROM history WHERE wearer = ?");
  }

  write(rows: readonly Row[], now: number): void {
    this.db.transaction(() => {
      for (const { wearer, at, body } of rows) this.insert.run(wearer, at, body);
    })();
    if (Math.abs(now - this.pruned) < PRUNE_MS) return;
    this.pruned = now;
    this.prune(now);
  }

  query(wearer: string, { from = 0, to = Number.MAX_VALUE, limit }: HistoryQuery): Page[] {
    const text = new TextEncoder();
    const pages: Page[] = [];
    let page: string[] = [];
    const turn = (): void => {
      pages.push(text.encode(`[${page.join(",")}]`));
      page = [];
    };
    for (const body of this.find.iterate(wearer, from, to, limit) as IterableIterator<string>) {
      page.push(body);
      if (page.length === PAGE_ROWS) turn();
    }
    if (page.length > 0) turn();
    return pages;
  }

  /** Removes everything of a wearer, also from the file's log; the rows that were. */
  forget(wearer: string): number {
    const removed = this.removeAll.run(wearer).changes;
    this.db.pragma("incremental_vacuum");
    this.db.pragma("wal_checkpoint(TRUNCATE)");
    return removed;
  }

  close(): void {
    this.db.close();
  }

  private prune(now: number): void {
    const oldest = now - this.limits.days * DAY_MS;
    const removed = this.steps(() => this.removeOld.run(oldest).changes);
    const most = this.limits.gigabytes * 1e9;
    if (this.used() > most) this.steps(() => (this.used() > 0.95 * most ? this.removeFirst.run().changes : 0));
    else if (removed === 0) return;
    this.db.pragma(`incremental_vacuum(${PRUNE_ROWS})`);
  }

  /** @returns rows removed */
  private steps(remove: () => number): number {
    let sum = 0;
    for (let i = 0; i < PRUNE_STEPS; i++) {
      const removed = remove();
      sum += removed;
      if (removed === 0) break;
    }
    return sum;
  }

  /** Bytes of pages that hold something. */
  private used(): number {
    const read = (name: string): number => this.db.pragma(name, { simple: true }) as number;
    return (read("page_count") - read("freelist_count")) * read("page_size");
  }
}
