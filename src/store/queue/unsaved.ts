import type { QueueEntry } from "./entry.js";

/** Messages that the disk does not have yet, oldest first. */
export class Unsaved {
  private readonly entries = new Map<number, QueueEntry>();
  private bytes = 0;

  constructor(private readonly mostBytes: number) {}

  get size(): number {
    return this.entries.size;
  }

  has(seq: number): boolean {
    return this.entries.has(seq);
  }

  values(): QueueEntry[] {
    return [...this.entries.values()];
  }

  add(entry: QueueEntry): void {
    this.entries.set(entry.seq, entry);
    this.bytes += entry.body.length;
  }

  remove(seq: number): boolean {
    const entry = this.entries.get(seq);
    if (!entry) return false;
    this.bytes -= entry.body.length;
    return this.entries.delete(seq);
  }

  /** Takes out the oldest until the rest fits; their numbers. */
  overflow(): number[] {
    const dropped: number[] = [];
    for (const seq of this.entries.keys()) {
      if (this.bytes <= this.mostBytes) break;
      this.remove(seq);
      dropped.push(seq);
    }
    return dropped;
  }
}
