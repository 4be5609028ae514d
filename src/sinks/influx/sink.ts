import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { BackOff } from "../../back-off.js";
import type { Forgotten } from "../../store/forget/forgotten.js";
import { influxLineOf, removeLines } from "../../store/forget/lines.js";
import type { QueueEntry } from "../../store/queue/entry.js";
import type { SinkContext } from "../context.js";
import { Outbox } from "../outbox.js";
import { parsePayload } from "../parse-payload.js";
import type { GatewayMessage, Sink, SinkForgotten, SinkReport } from "../sink.js";
import { messageLine } from "./line.js";
import type { InfluxSettings } from "./settings.js";
import { openTarget, type Target } from "./target.js";

/** Messages are gathered for so long before they are sent, ms. */
const GATHER_MS = 1000;

/** Messages as points of InfluxDB, in batches. They leave the queue when the server, or the disk, has them. */
export class InfluxSink implements Sink {
  private readonly backoff = new BackOff();
  private readonly abort = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  /** Lines of the next request: fewer after one was refused, to find the line that is to blame. */
  private batch: number;

  private constructor(
    private readonly settings: InfluxSettings,
    private readonly target: Target,
    private readonly outbox: Outbox,
  ) {
    this.batch = settings.batch;
  }

  /** @throws BioxError FILE_UNREADABLE for a token; what it gives, FILE_UNWRITABLE for the queue's folder */
  static async prepare(settings: InfluxSettings, context: SinkContext): Promise<() => Promise<InfluxSink>> {
    const target = await openTarget(settings);
    return async () => {
      const outbox = await Outbox.open(settings.name, settings.queue, context);
      const sink = new InfluxSink(settings, target, outbox);
      outbox.onReady = () => sink.plan(GATHER_MS);
      sink.plan(0);
      return sink;
    };
  }

  take(message: GatewayMessage): void {
    this.outbox.take(message);
  }

  report(): SinkReport {
    return this.outbox.report();
  }

  async forget(wearer: string): Promise<SinkForgotten> {
    while (this.writing) await this.writing;
    const removed = this.remove(wearer);
    // Nothing is written in the meantime: a batch under way may hold what is to be removed, and a file is written anew.
    this.writing = removed.then(
      () => {},
      () => {},
    );
    try {
      return await removed;
    } finally {
      this.writing = undefined;
      this.plan(0);
    }
  }

  close(ms: number): Promise<void> {
    this.closing ??= this.finish(ms);
    return this.closing;
  }

  private async remove(wearer: string): Promise<Forgotten> {
    const waited = await this.outbox.forget(wearer);
    const { file } = this.settings;
    if (file === undefined || !existsSync(file)) return waited;
    const lines = await removeLines(file, influxLineOf(wearer), false);
    return lines === 0 ? waited : { ...waited, lines: { [resolve(file)]: lines } };
  }

  private plan(ms: number): void {
    if (this.timer || this.writing || this.closing) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.writing = this.write().then((again) => {
        this.writing = undefined;
        if (again !== undefined) this.plan(again);
      });
    }, ms);
  }

  /** Sends one batch; resolves with when to go on, ms, or with nothing where there is no more. */
  private async write(): Promise<number | undefined> {
    const entries: QueueEntry[] = [];
    const lines: string[] = [];
    while (entries.length < this.batch) {
      const entry = this.outbox.next();
      if (!entry) break;
      const payload = parsePayload(entry.body);
      if (!payload) {
        this.outbox.lose(entry);
        continue;
      }
      entries.push(entry);
      lines.push(messageLine(payload));
    }
    if (entries.length === 0) return undefined;
    const written = await this.target(lines, this.abort.signal);
    if (written.state === "done") {
      for (const entry of entries) this.outbox.done(entry);
      this.backoff.reset();
      this.batch = Math.min(this.settings.batch, this.batch * 2);
      this.outbox.set("open");
      return 0;
    }
    if (written.state === "refused" && entries.length === 1) {
      this.outbox.lose(entries[0]!);
      this.outbox.set("open", `a message was left out, since ${written.reason}`);
      return 0;
    }
    this.outbox.takeBack(entries);
    if (written.state === "refused") {
      this.batch = Math.ceil(entries.length / 2);
      return 0;
    }
    this.outbox.set("waiting", written.reason);
    return written.afterMs ?? this.backoff.next();
  }

  private async finish(ms: number): Promise<void> {
    clearTimeout(this.timer);
    const deadline = setTimeout(() => this.abort.abort(), ms * 0.8);
    await this.writing;
    while (!this.abort.signal.aborted && (await this.write()) === 0);
    clearTimeout(deadline);
    await this.outbox.close();
  }
}
