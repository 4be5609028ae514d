import type Sqlite from "better-sqlite3";
import type { QueueEntry, QueueLimits } from "./entry.js";
import type { Held } from "./protocol.js";

/**
 * Messages in an SQLite file, oldest first. With `synchronous=FULL` a write is on the disk when it returns, which takes the disk's time
 * (4 ms on a server's, a hundred and more on an SD card): so it is used in a thread of its own only.
 */
export class QueueDatabase {
  private readonly insert: Sqlite.Statement;
  private readonly remove: Sqlite.Statement;
  private readonly sizeOf: Sqlite.Statement;
  private readonly oldest: Sqlite.Statement;
  private readonly after: Sqlite.Statement;
  private messages: number;
  private bytes: number;
  private last: number;

  /** @throws SqliteError where the file is damaged, or the disk does not take it */
  constructor(
    private readonly db: Sqlite.Database,
    private readonly limits: QueueLimits,
  ) {
    db.exec(
      "CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, wearer TEXT NOT NULL, at REAL NOT NULL, bytes INTEGER NOT NULL, body TEXT NOT NULL)",
    );
    this.insert = db.prepare("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?)");
    this.remove = db.prepare("DELETE FROM messages WHERE seq = ?");
    this.sizeOf = db.prepare("SELECT bytes FROM messages WHERE seq = ?").pluck();
    this.oldest = db.prepare("SELECT seq, bytes, at FROM messages ORDER BY seq LIMIT 1");
    this.after = db.prepare("SELECT seq, id, wearer, at, body FROM messages WHERE seq > ? ORDER BY seq LIMIT ?");
    const held = db
      .prepare("SELECT count(*) messages, coalesce(sum(bytes), 0) bytes, coalesce(max(seq), 0) last FROM messages")
      .get() as Held;
    this.messages = held.messages;
    this.bytes = held.bytes;
    this.last = held.last;
  }

  get held(): Held {
    return { messages: this.messages, bytes: this.bytes, last: this.last };
  }

  /**
   * Puts in, takes out and keeps the limits, all or nothing.
   *
   * @returns numbers of what the limits have removed, oldest first
   */
  write(insert: readonly QueueEntry[], remove: readonly number[], now: number): number[] {
    const before = this.held;
    try {
      const dropped = this.db.transaction(() => {
        for (const seq of remove) this.takeOut(seq);
        for (const entry of insert) this.putIn(entry);
        return this.keepLimits(now);
      })();
      if (before.messages > 0 && this.messages === 0) this.shrink();
      return dropped;
    } catch (error) {
      this.messages = before.messages;
      this.bytes = before.bytes;
      this.last = before.last;
      throw error;
    }
  }

  read(after: number, most: number): QueueEntry[] {
    return this.after.all(after, most) as QueueEntry[];
  }

  /** Removes everything of a wearer, also from the file's log. Returns how many messages that were. */
  forget(wearer: string): number {
    const { n, bytes } = this.db
      .prepare("SELECT count(*) n, coalesce(sum(bytes), 0) bytes FROM messages WHERE wearer = ?")
      .get(wearer) as { n: number; bytes: number };
    this.db.prepare("DELETE FROM messages WHERE wearer = ?").run(wearer);
    this.messages -= n;
    this.bytes -= bytes;
    this.shrink();
    return n;
  }

  close(): void {
    this.db.close();
  }

  private putIn({ seq, id, wearer, at, body }: QueueEntry): void {
    this.takeOut(seq);
    const bytes = Buffer.byteLength(body);
    this.insert.run(seq, id, wearer, at, bytes, body);
    this.messages++;
    this.bytes += bytes;
    this.last = Math.max(this.last, seq);
  }

  private takeOut(seq: number): void {
    const bytes = this.sizeOf.get(seq) as number | undefined;
    if (bytes === undefined) return;
    this.remove.run(seq);
    this.messages--;
    this.bytes -= bytes;
  }

  private keepLimits(now: number): number[] {
    const dropped: number[] = [];
    for (;;) {
      const oldest = this.oldest.get() as { seq: number; bytes: number; at: number } | undefined;
      if (!oldest) return dropped;
      const { messages, bytes, ageMs } = this.limits;
      if (this.messages <= messages && this.bytes <= bytes && now - oldest.at <= ageMs) return dropped;
      this.takeOut(oldest.seq);
      dropped.push(oldest.seq);
    }
  }

  /** Gives the room back to the disk: a file that was long stays so otherwise. */
  private shrink(): void {
    this.db.pragma("incremental_vacuum");
    this.db.pragma("wal_checkpoint(TRUNCATE)");
  }
}
