import { setImmediate } from "node:timers/promises";
import { type Forgotten, rowsOf } from "../forget/forgotten.js";
import { notCleared } from "../forget/not-cleared.js";
import { DatabaseThread, type Reply } from "../sqlite/database-thread.js";
import type { HistoryAnswer, HistoryLimits, HistoryQuery, HistoryRequest, HistoryStart, Row } from "./protocol.js";

/** What is kept has these, and may have more. */
export interface Kept {
  readonly at: number;
  readonly wearer: string;
}

/** Messages are written together, so often. */
const WRITE_MS = 1000;
/** Messages that wait for a disk that takes none; older ones are let go. */
const MOST_WAITING = 20_000;

/**
 * Messages of the last days on the disk. A thread of its own writes and reads them, so that main never waits for a disk.
 *
 * Made by {@link openHistory}.
 */
export class History<M extends Kept> {
  private waiting: Row[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private trouble: string | undefined;
  private lostRows = 0;

  constructor(
    private readonly thread: DatabaseThread<HistoryRequest, HistoryAnswer>,
    private readonly path: string,
    private readonly onProblem: (problem: string) => void,
  ) {}

  /** Messages that are on no disk, and will not be. */
  get lost(): number {
    return this.lostRows;
  }

  take(message: M): void {
    this.waiting.push({ wearer: message.wearer, at: message.at, body: JSON.stringify(message) });
    const beyond = this.waiting.length - MOST_WAITING;
    if (beyond >= 0.1 * MOST_WAITING) {
      this.waiting.splice(0, beyond);
      this.lostRows += beyond;
    }
    this.timer ??= setTimeout(() => void this.write(), WRITE_MS);
  }

  /** Newest first. What cannot be read is told as a problem, and left out. */
  async query(wearer: string, query: HistoryQuery): Promise<M[]> {
    await this.write();
    const reply = await this.thread.ask({ type: "query", wearer, ...query });
    this.judge(reply);
    const text = new TextDecoder();
    const found: M[] = [];
    for (const page of reply.answer?.pages ?? []) {
      found.push(...(JSON.parse(text.decode(page)) as M[]));
      await setImmediate();
    }
    return found;
  }

  /**
   * Removes everything of a wearer, and what the file's log has of it.
   *
   * @throws BioxError FILE_UNWRITABLE where the disk does not take it
   */
  async forget(wearer: string): Promise<Forgotten> {
    await this.write();
    const others = this.waiting.filter((row) => row.wearer !== wearer);
    const unwritten = this.waiting.length - others.length;
    this.waiting = others;
    const reply = await this.thread.ask({ type: "forget", wearer });
    this.judge(reply);
    if (reply.error !== undefined) throw notCleared(this.path, reply.error);
    return rowsOf(this.path, unwritten + (reply.answer?.forgotten ?? 0));
  }

  async close(): Promise<void> {
    await this.write();
    this.lostRows += this.waiting.length;
    await this.thread.close();
  }

  /** Writes what waits. Where the disk does not take it, it goes on waiting. */
  private async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.writing;
    if (this.waiting.length === 0) return;
    this.writing = this.hand();
    await this.writing;
    this.writing = undefined;
  }

  private async hand(): Promise<void> {
    const rows = this.waiting;
    this.waiting = [];
    const reply = await this.thread.ask({ type: "write", rows, now: Date.now() });
    this.judge(reply);
    if (reply.error === undefined) return;
    this.waiting = [...rows, ...this.waiting];
    this.timer ??= setTimeout(() => void this.write(), WRITE_MS);
  }

  /** Tells what is wrong once, when it begins. */
  judge({ error, setAside }: Reply<HistoryAnswer>): void {
    if (setAside !== undefined)
      this.onProblem(`the history was damaged: it was begun anew, the old file is ${setAside}`);
    if (error !== undefined && error !== this.trouble)
      this.onProblem(`the history cannot be written or read (${error}): messages wait in memory`);
    this.trouble = error;
  }
}

/**
 * Opens the history in a file, which is made where it is missing, and set aside where it is damaged.
 *
 * @param onProblem told in a sentence, once for each thing that goes wrong
 * @returns undefined where better-sqlite3, an optional dependency, is not installed
 */
export async function openHistory<M extends Kept>(
  path: string,
  limits: HistoryLimits,
  onProblem: (problem: string) => void,
): Promise<History<M> | undefined> {
  const start: HistoryStart = { path, limits };
  const thread = new DatabaseThread<HistoryRequest, HistoryAnswer>(new URL("./worker.js", import.meta.url), start);
  const reply = await thread.opened;
  if (reply.missing) {
    await thread.close();
    return undefined;
  }
  const history = new History<M>(thread, path, onProblem);
  history.judge(reply);
  return history;
}
