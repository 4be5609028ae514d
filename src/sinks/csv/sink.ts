import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { unwritable } from "../../paths.js";
import { filesIn } from "../../store/forget/forget-files.js";
import { type Forgotten, NOTHING } from "../../store/forget/forgotten.js";
import type { SinkContext } from "../context.js";
import { QualityChanges, type SentMessage } from "../messages/quality.js";
import type { GatewayMessage, Sink, SinkForgotten, SinkReport } from "../sink.js";
import { appendRecords } from "./append.js";
import { COLUMNS, csvRecord, messageRecord } from "./row.js";
import type { CsvSettings } from "./settings.js";

/** Records are written, and brought to the disk, so often, ms: what an end of the process or a power failure may take. */
const WRITE_MS = 1000;
/** Characters that may wait for a disk that takes nothing; beyond it the oldest records are lost. */
const MOST_WAITING = 1 << 23;

interface WaitingRecord {
  readonly wearer: string;
  readonly path: string;
  readonly text: string;
}

/** Messages as CSV files (RFC 4180), one for each wearer and day. */
export class CsvSink implements Sink {
  private readonly folder: string;
  private readonly quality = new QualityChanges();
  private records: WaitingRecord[] = [];
  private waitingChars = 0;
  private taken = 0;
  private delivered = 0;
  private lost = 0;
  private interruptions = 0;
  private lostTold = 0;
  private reason: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;

  constructor(
    private readonly settings: CsvSettings,
    private readonly context: SinkContext,
  ) {
    this.folder = resolve(context.data, settings.folder);
  }

  take(message: GatewayMessage): void {
    if (this.closing) return;
    this.put(message);
    const quality = this.quality.of(message);
    if (quality) this.put(quality);
    this.timer ??= setTimeout(() => this.plan(), WRITE_MS);
  }

  report(): SinkReport {
    const { taken, delivered, lost, interruptions, reason, closing } = this;
    const state = closing ? "closed" : reason === undefined ? "open" : "waiting";
    return {
      name: this.settings.name,
      state,
      reason,
      taken,
      delivered,
      waiting: this.records.length,
      lost,
      interruptions,
    };
  }

  async forget(wearer: string): Promise<SinkForgotten> {
    const removed = this.writing.then(() => this.remove(wearer));
    // The next records are written behind it.
    this.writing = removed.then(
      () => {},
      () => {},
    );
    return { ...NOTHING, files: await removed };
  }

  close(ms: number): Promise<void> {
    this.closing ??= this.finish(ms);
    return this.closing;
  }

  private async remove(wearer: string): Promise<Forgotten["files"]> {
    this.records = this.records.filter((record) => record.wearer !== wearer);
    this.waitingChars = this.records.reduce((sum, { text }) => sum + text.length, 0);
    this.quality.forget(wearer);
    const folder = join(this.folder, wearer);
    const files = await filesIn(folder);
    await rm(folder, { recursive: true, force: true }).catch((cause) => {
      throw unwritable(folder, cause);
    });
    return files;
  }

  private put(message: SentMessage): void {
    const { wearer, at } = message;
    const path = join(this.folder, wearer, `${new Date(at).toISOString().slice(0, 10)}.csv`);
    const text = messageRecord({ ...message, gateway: this.context.gateway });
    this.taken++;
    this.records.push({ wearer, path, text });
    this.waitingChars += text.length;
    while (this.waitingChars > MOST_WAITING) {
      this.waitingChars -= this.records.shift()!.text.length;
      this.lost++;
    }
  }

  private plan(): void {
    this.writing = this.writing.then(() => this.write());
    void this.writing.then(() => {
      this.timer = undefined;
      if (this.records.length > 0 && !this.closing) this.timer = setTimeout(() => this.plan(), WRITE_MS);
    });
  }

  private async write(): Promise<void> {
    const header = csvRecord(COLUMNS);
    let reason: string | undefined;
    for (const path of new Set(this.records.map((record) => record.path))) {
      const mine = this.records.filter((record) => record.path === path);
      try {
        await appendRecords(path, header, mine.map(({ text }) => text).join(""));
        this.settle(new Set(mine));
      } catch (cause) {
        reason = unwritable(path, cause).message.replace(/\.$/, "");
      }
    }
    this.tell(reason);
  }

  private settle(written: ReadonlySet<WaitingRecord>): void {
    this.delivered += written.size;
    // While it was written, some of it may have been given up.
    const left = this.records.filter((record) => !written.has(record));
    this.lost -= written.size - (this.records.length - left.length);
    this.records = left;
    this.waitingChars = left.reduce((sum, { text }) => sum + text.length, 0);
  }

  private tell(reason: string | undefined): void {
    const facts = { sink: this.settings.name, waiting: this.records.length };
    if (reason !== this.reason && reason !== undefined)
      this.context.log.warn(facts, `Sink ${this.settings.name} is waiting: ${reason}.`);
    if (reason === undefined && this.reason !== undefined)
      this.context.log.info(facts, `Sink ${this.settings.name} is open.`);
    if (reason === undefined && this.lost > this.lostTold) {
      const lost = this.lost - this.lostTold;
      this.context.log.error({ ...facts, lost }, `Sink ${this.settings.name} has lost ${lost} messages.`);
      this.lostTold = this.lost;
    }
    if (this.reason === undefined && reason !== undefined) this.interruptions++;
    this.reason = reason;
  }

  private async finish(ms: number): Promise<void> {
    clearTimeout(this.timer);
    this.writing = this.writing.then(() => this.write());
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      deadline = setTimeout(resolve, ms);
    });
    await Promise.race([this.writing, late]);
    clearTimeout(deadline);
  }
}
