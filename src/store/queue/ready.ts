import type { QueueEntry } from "./entry.js";

/** Messages in memory for the one who delivers them. */
const MOST = 1000;
/** It is filled again below this. */
const FEW = 200;

/** The front of a queue: its oldest messages, in order. Those behind it are on the disk. */
export class Ready {
  readonly most = MOST;
  private entries: QueueEntry[] = [];
  private at = 0;
  /** Number of the newest message that was here. */
  private newest = 0;
  /** Messages behind `newest` are on the disk only. */
  private behind = false;

  get size(): number {
    return this.entries.length - this.at;
  }

  get readTo(): number {
    return this.newest;
  }

  /** Whether it runs empty while there are more, up to the number `last`. */
  wants(last: number): boolean {
    return this.behind && this.size < FEW && this.newest < last;
  }

  values(): QueueEntry[] {
    return this.entries.slice(this.at);
  }

  leaveToDisk(): void {
    this.behind = true;
  }

  /** Takes the newest message where it has room, and nothing lies between. */
  add(entry: QueueEntry): void {
    if (this.behind || this.size >= MOST) this.behind = true;
    else this.append(entry);
  }

  /** Goes on with what was read from the disk behind `readTo`, and with what is not on it yet. */
  fill(saved: readonly QueueEntry[], unsaved: readonly QueueEntry[], alive: (entry: QueueEntry) => boolean): void {
    for (const entry of saved) {
      if (entry.seq <= this.newest) continue;
      if (alive(entry)) this.append(entry);
      else this.newest = entry.seq;
    }
    if (saved.length >= MOST) return;
    for (const entry of unsaved) {
      if (this.size >= MOST) return;
      if (entry.seq > this.newest) this.append(entry);
    }
    this.behind = false;
  }

  shift(): QueueEntry | undefined {
    const entry = this.entries[this.at];
    if (!entry) return undefined;
    this.at++;
    // What was given out is let go now and then, not with each.
    if (this.at >= MOST) {
      this.entries = this.values();
      this.at = 0;
    }
    return entry;
  }

  putBack(entries: readonly QueueEntry[]): void {
    this.entries = [...entries, ...this.values()].sort((a, b) => a.seq - b.seq);
    this.at = 0;
  }

  drop(gone: (entry: QueueEntry) => boolean): void {
    this.entries = this.values().filter((entry) => !gone(entry));
    this.at = 0;
  }

  private append(entry: QueueEntry): void {
    this.entries.push(entry);
    this.newest = entry.seq;
  }
}
