import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { BioxError } from "../../errors.js";
import { unwritable } from "../../paths.js";
import { notCleared } from "../forget/not-cleared.js";
import { DatabaseThread, type Reply } from "../sqlite/database-thread.js";
import type { QueueEntry, QueueLimits } from "./entry.js";
import { Journal } from "./journal.js";
import type { Held, StoreAnswer, StoreRequest, StoreStart } from "./protocol.js";
import { Ready } from "./ready.js";
import { Unsaved } from "./unsaved.js";

/** The database is written at most so often, ms: what is delivered sooner is never written to it. */
const WRITE_MS = 250;
/** After a failed write, ms. */
const AGAIN_MS = 1000;

export interface QueueOptions {
  readonly limits: QueueLimits;
  /** Bytes that may wait in memory while the disk takes nothing; beyond it the oldest are lost. 8 MiB unless given. */
  readonly memoryBytes?: number;
  /** Told in a sentence what is wrong with the disk, and `undefined` when it is well again. */
  readonly onProblem: (problem: string | undefined) => void;
  /** Told in a sentence what has happened to a damaged file. */
  readonly onDamage: (sentence: string) => void;
  /** There may be something for `next` again. */
  readonly onReady: () => void;
}

/**
 * Messages in the order in which they came, kept until they are delivered: in memory, in a journal that an end of the process does not
 * lose, and, what is not delivered soon, in an SQLite file that a power failure does not lose either. Main never waits for the disk.
 */
export class MessageQueue {
  private readonly ready = new Ready();
  private readonly given = new Map<number, QueueEntry>();
  private readonly unsaved: Unsaved;
  private removed: number[] = [];
  private held: Held = { messages: 0, bytes: 0, last: 0 };
  private last = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<boolean> | undefined;
  private reading = false;
  private closed = false;
  private problem: string | undefined;
  /** better-sqlite3 is not installed: all that waits is in memory and in the journal. */
  private missing = false;
  private lostCount = 0;

  private constructor(
    private readonly store: DatabaseThread<StoreRequest, StoreAnswer>,
    /** Of the database. */
    private readonly path: string,
    private readonly journal: Journal,
    private readonly options: QueueOptions,
  ) {
    this.unsaved = new Unsaved(options.memoryBytes ?? 1 << 23);
  }

  /**
   * @param path of the queue's files, without ending: `.sqlite` and `.journal` are added
   * @throws BioxError FILE_UNWRITABLE when its folder cannot be made, or the journal cannot be read
   */
  static async open(path: string, options: QueueOptions): Promise<MessageQueue> {
    const journal = new Journal(`${path}.journal`);
    let left: ReturnType<Journal["read"]>;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
      left = journal.read();
    } catch (cause) {
      throw cause instanceof BioxError ? cause : unwritable(path, cause);
    }
    const start: StoreStart = { path: `${path}.sqlite`, limits: options.limits };
    const store = new DatabaseThread<StoreRequest, StoreAnswer>(new URL("./worker.js", import.meta.url), start);
    const queue = new MessageQueue(store, start.path, journal, options);
    queue.recover(await store.opened, left);
    return queue;
  }

  /** Messages that wait, those under way included. */
  get waiting(): number {
    return Math.max(0, this.held.messages - this.removed.length) + this.unsaved.size;
  }

  /** Messages that a limit, or a damaged file, has taken. */
  get lost(): number {
    return this.lostCount;
  }

  /** Takes a message. It is safe from the end of the process when this returns, and from a power failure half a second later. */
  push(message: Omit<QueueEntry, "seq">): void {
    if (this.closed) return;
    const entry = { ...message, seq: ++this.last };
    this.journal.put(entry);
    this.unsaved.add(entry);
    this.ready.add(entry);
    this.keepMemory();
    this.plan(WRITE_MS);
    this.options.onReady();
  }

  /** The oldest message that nobody has taken yet; `undefined` where there is none at the moment. */
  next(): QueueEntry | undefined {
    if (this.closed) return undefined;
    const entry = this.ready.shift();
    if (entry) this.given.set(entry.seq, entry);
    if (this.ready.wants(this.last)) void this.readOn();
    return entry;
  }

  /** A message that `next` gave is delivered. */
  done(entry: QueueEntry): void {
    if (!this.given.delete(entry.seq) || this.closed) return;
    this.forgetOne(entry.seq);
    this.plan(WRITE_MS);
  }

  /** A message that `next` gave can never be delivered. */
  lose(entry: QueueEntry): void {
    this.lostCount++;
    this.done(entry);
  }

  /** What `next` gave and is not done is to be given again: all of it, unless told which. */
  takeBack(entries: readonly QueueEntry[] = [...this.given.values()]): void {
    this.ready.putBack(entries.filter(({ seq }) => this.given.delete(seq)));
  }

  /**
   * Removes everything of a wearer, from the disk too. Resolves with how many messages that were.
   *
   * @throws BioxError FILE_UNWRITABLE where the disk does not take it; what is in memory is removed then all the same
   */
  async forget(wearer: string): Promise<number> {
    const mine = (entry: QueueEntry): boolean => entry.wearer === wearer;
    this.ready.drop(mine);
    for (const entry of [...this.given.values()].filter(mine)) this.given.delete(entry.seq);
    const unsaved = this.unsaved.values().filter(mine);
    for (const entry of unsaved) this.forgetOne(entry.seq);
    const written = await this.write();
    // First the journal: from it a process that ends between the two would bring back what the database has lost.
    if (written || this.missing) {
      this.journal.clear();
      for (const entry of this.unsaved.values()) this.journal.put(entry);
    }
    if (this.missing) return unsaved.length;
    const reply = await this.store.ask({ type: "forget", wearer });
    this.note(reply);
    if (!written || reply.error !== undefined) throw notCleared(this.path, reply.error ?? "SQLITE_IOERR");
    return unsaved.length + (reply.answer?.forgotten ?? 0);
  }

  /** Writes what is not written, and closes the files. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    await this.writing;
    if (await this.write()) this.journal.clear();
    else this.journal.shut();
    await this.store.close();
  }

  private recover(opened: Reply<StoreAnswer>, { entries, removed }: ReturnType<Journal["read"]>): void {
    this.note(opened);
    // The database is written in order: what is not above its newest was in it.
    const lacking = entries.filter(({ seq }) => seq > this.held.last);
    this.last = lacking.at(-1)?.seq ?? this.held.last;
    for (const seq of removed) {
      this.last = Math.max(this.last, seq);
      if (seq <= this.held.last) this.removed.push(seq);
    }
    if (this.held.messages > 0) this.ready.leaveToDisk();
    for (const entry of lacking) {
      this.unsaved.add(entry);
      this.ready.add(entry);
    }
    this.keepMemory();
    if (lacking.length + this.removed.length > 0) this.plan(0);
  }

  private forgetOne(seq: number): void {
    this.journal.take(seq);
    // One of a write under way may be in the database already.
    if (!this.unsaved.remove(seq) || this.writing) this.removed.push(seq);
  }

  private plan(ms: number): void {
    if (this.timer || this.writing || this.closed) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.write();
    }, ms);
  }

  /** Brings the database up to date, after the write under way. Resolves with whether it is. */
  private async write(): Promise<boolean> {
    while (this.writing) await this.writing;
    this.writing = this.writeNow();
    const done = await this.writing;
    this.writing = undefined;
    if (!done) this.plan(AGAIN_MS);
    else if (this.unsaved.size + this.removed.length > 0) this.plan(WRITE_MS);
    return done;
  }

  private async writeNow(): Promise<boolean> {
    const insert = this.unsaved.values();
    const remove = this.removed.slice();
    this.journal.rotate();
    if (insert.length + remove.length === 0) {
      this.journal.settle();
      return true;
    }
    const reply = await this.store.ask({ type: "write", insert, remove, now: Date.now() });
    if (reply.error === undefined) {
      this.removed = this.removed.slice(remove.length);
      for (const { seq } of insert) this.unsaved.remove(seq);
      this.journal.settle();
      this.loseAll(reply.answer?.dropped ?? []);
    }
    this.note(reply);
    return reply.error === undefined;
  }

  private async readOn(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    const { readTo, most } = this.ready;
    const reply = await this.store.ask({ type: "read", after: readTo, most });
    this.reading = false;
    this.note(reply);
    if (this.closed) return;
    if (reply.error !== undefined && this.held.messages > this.removed.length) {
      // What lies between must not be left out.
      setTimeout(() => this.options.onReady(), AGAIN_MS).unref();
      return;
    }
    const gone = new Set(this.removed);
    const saved = reply.answer?.entries ?? [];
    this.ready.fill(saved, this.unsaved.values(), (entry) => !gone.has(entry.seq));
    if (this.ready.size > 0) this.options.onReady();
  }

  /** What does not fit into memory while the disk takes nothing is lost, the oldest first. */
  private keepMemory(): void {
    const dropped = this.unsaved.overflow();
    for (const seq of dropped) this.journal.take(seq);
    this.loseAll(dropped);
  }

  private loseAll(seqs: readonly number[]): void {
    if (seqs.length === 0) return;
    const gone = new Set(seqs);
    this.ready.drop(({ seq }) => gone.has(seq));
    // What is under way may yet be delivered.
    for (const seq of seqs) if (!this.given.has(seq)) this.lostCount++;
  }

  private note(reply: Reply<StoreAnswer>): void {
    if (reply.setAside !== undefined) {
      this.beginAnew();
      this.options.onDamage(
        `The file of a queue was damaged. It is kept as '${reply.setAside}', and a new one was begun.`,
      );
    }
    if (reply.answer) this.held = reply.answer.held;
    this.missing = reply.missing === true;
    const problem = reply.error === undefined ? undefined : explainProblem(reply);
    if (problem !== this.problem) this.options.onProblem(problem);
    this.problem = problem;
  }

  /** The damaged file had what is not in memory. */
  private beginAnew(): void {
    const known = [...this.given.values(), ...this.ready.values()].filter(({ seq }) => !this.unsaved.has(seq));
    this.lostCount += Math.max(0, this.held.messages - this.removed.length - known.length);
    for (const entry of known) this.unsaved.add(entry);
  }
}

function explainProblem({ error, missing }: Reply<StoreAnswer>): string {
  if (missing) return "better-sqlite3 is not installed: what cannot be delivered waits in memory only";
  const reasons: Record<string, string> = {
    SQLITE_FULL: "the disk is full",
    SQLITE_BUSY: "another process uses it",
    SQLITE_CANTOPEN: "it cannot be opened",
    SQLITE_READONLY: "it may not be written",
  };
  return `the file of its queue cannot be written (${reasons[error!] ?? error}): messages wait in memory`;
}
