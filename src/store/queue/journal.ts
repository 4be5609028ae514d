import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import type { QueueEntry } from "./entry.js";

/** A journal is begun anew when it has grown so long, bytes. */
const LONG_BYTES = 1 << 16;
/** What it may grow to while the database cannot be written, bytes. */
const MOST_BYTES = 1 << 26;

/**
 * What happened to a queue since its database was last written: a line for each message put in, and for each taken out. A line is in the
 * system's hands when the call returns (µs: nothing waits for the disk), so that no end of the process loses it. What the database has
 * is left out again: the file is put aside with a write of the database, and removed when that is done.
 */
export class Journal {
  private file: number | undefined;
  private size = 0;
  /** A line was cut off, as on a full disk: the next one must not be joined to it. */
  private torn = false;

  constructor(private readonly path: string) {}

  private get old(): string {
    return `${this.path}.old`;
  }

  /** What the last process left behind: messages that its database may lack, and numbers of those that it may still hold. */
  read(): { entries: QueueEntry[]; removed: number[] } {
    const entries = new Map<number, QueueEntry>();
    const removed: number[] = [];
    for (const path of [this.old, this.path]) {
      if (!existsSync(path)) continue;
      const text = readFileSync(path, "utf8");
      this.size += text.length;
      for (const line of text.split("\n")) {
        const entry = line.startsWith("{") ? parseEntry(line) : undefined;
        if (entry) entries.set(entry.seq, entry);
        const [, gone] = /^-(\d{1,15})$/.exec(line) ?? [];
        if (gone === undefined) continue;
        entries.delete(Number(gone));
        removed.push(Number(gone));
      }
    }
    this.torn = this.size > 0;
    return { entries: [...entries.values()].sort((a, b) => a.seq - b.seq), removed };
  }

  put(entry: QueueEntry): void {
    this.write(JSON.stringify(entry));
  }

  take(seq: number): void {
    this.write(`-${seq}`);
  }

  /** Begins anew where it is long. What it held must be in the write of the database that follows. */
  rotate(): void {
    if (this.size < LONG_BYTES || existsSync(this.old)) return;
    try {
      this.shut();
      renameSync(this.path, this.old);
      this.size = 0;
      this.torn = false;
    } catch {
      // The next write tries it again.
    }
  }

  /** The database has what was put in before the last `rotate`. */
  settle(): void {
    this.remove(this.old);
  }

  /** The database has everything. */
  clear(): void {
    this.shut();
    this.remove(this.old);
    this.remove(this.path);
    this.size = 0;
    this.torn = false;
  }

  shut(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private write(line: string): void {
    if (this.size > MOST_BYTES) return;
    try {
      this.file ??= openSync(this.path, "a", 0o600);
      const text = Buffer.from(`${this.torn ? "\n" : ""}${line}\n`);
      this.torn = true;
      const written = writeSync(this.file, text);
      this.size += written;
      this.torn = written < text.length;
    } catch {
      // A full disk: the message waits in memory, where it is anyway.
    }
  }

  private remove(path: string): void {
    try {
      rmSync(path, { force: true });
    } catch {
      // What it holds is put in again at the next start, and told by its id.
    }
  }
}

/** A line that a power failure cut off, or left in another state, is no message. */
function parseEntry(line: string): QueueEntry | undefined {
  try {
    const { seq, id, wearer, at, body } = JSON.parse(line);
    const whole = Number.isSafeInteger(seq) && [id, wearer, body].every((text) => typeof text === "string");
    return whole && typeof at === "number" ? { seq, id, wearer, at, body } : undefined;
  } catch {
    return undefined;
  }
}
