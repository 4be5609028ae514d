import { join } from "node:path";
import { type Forgotten, rowsOf } from "../store/forget/forgotten.js";
import type { QueueEntry } from "../store/queue/entry.js";
import { MessageQueue } from "../store/queue/queue.js";
import { type QueueSettings, queueLimits } from "../store/queue/settings.js";
import type { SinkContext } from "./context.js";
import { QualityChanges, type SentMessage } from "./messages/quality.js";
import type { GatewayMessage, SinkReport } from "./sink.js";

/** Losses are logged at most so often, ms. */
const TELL_LOSSES_MS = 60_000;

/** Files of a sink's queue, without their endings. */
export const queuePath = (data: string, name: string): string => join(data, "queues", name);

/** A message as it waits and as it is sent. */
export type Payload = SentMessage & { readonly gateway: string };

/** What sinks that store and forward have in common: a queue of payloads, how the other side is, and the account of both. */
export class Outbox {
  /** Called when there may be something to deliver. */
  onReady: () => void = () => {};
  private queue!: MessageQueue;
  private readonly quality = new QualityChanges();
  private taken = 0;
  private delivered = 0;
  private interruptions = 0;
  private lostTold = 0;
  private lostToldAt = -TELL_LOSSES_MS;
  private state: SinkReport["state"] = "connecting";
  private reason: string | undefined;
  private problem: string | undefined;

  private constructor(
    private readonly name: string,
    private readonly context: SinkContext,
    private readonly path: string,
  ) {}

  /** @throws BioxError FILE_UNWRITABLE when the folder of queues cannot be made */
  static async open(name: string, settings: QueueSettings, context: SinkContext): Promise<Outbox> {
    const path = queuePath(context.data, name);
    const outbox = new Outbox(name, context, path);
    outbox.queue = await MessageQueue.open(path, {
      limits: queueLimits(settings),
      onReady: () => outbox.onReady(),
      onProblem: (problem) => outbox.tellProblem(problem),
      onDamage: (sentence) => context.log.error({ sink: name }, sentence),
    });
    return outbox;
  }

  take(message: GatewayMessage): void {
    this.put(message);
    const quality = this.quality.of(message);
    if (quality) this.put(quality);
    this.tellLosses();
  }

  /** The oldest message that nobody has taken yet. */
  next(): QueueEntry | undefined {
    return this.queue.next();
  }

  /** The other side has it. */
  done(entry: QueueEntry): void {
    this.delivered++;
    this.queue.done(entry);
  }

  /** The other side will never take it. */
  lose(entry: QueueEntry): void {
    this.queue.lose(entry);
    this.tellLosses();
  }

  /** What was taken and is not done is to be given again: all of it, unless told which. */
  takeBack(entries?: readonly QueueEntry[]): void {
    this.queue.takeBack(entries);
  }

  /** Notes how the other side is; a change is logged once. */
  set(state: SinkReport["state"], reason?: string): void {
    const changed = state !== this.state || reason !== this.reason;
    if (this.state === "open" && state !== "open" && state !== "closed") this.interruptions++;
    this.state = state;
    this.reason = reason;
    if (!changed || state === "connecting") return;
    const facts = { sink: this.name, state, waiting: this.queue.waiting };
    if (reason === undefined) this.context.log.info(facts, `Sink ${this.name} is ${state}.`);
    else this.context.log.warn(facts, `Sink ${this.name} is ${state}: ${reason}.`);
  }

  report(): SinkReport {
    const { name, state, taken, delivered, interruptions } = this;
    const { waiting, lost } = this.queue;
    const reason = [this.reason, this.problem].filter((text) => text !== undefined).join("; ") || undefined;
    return { name, state, reason, taken, delivered, waiting, lost, interruptions };
  }

  /** @throws BioxError FILE_UNWRITABLE where the disk of the queue does not take it */
  async forget(wearer: string): Promise<Forgotten> {
    this.quality.forget(wearer);
    return rowsOf(`${this.path}.sqlite`, await this.queue.forget(wearer));
  }

  async close(): Promise<void> {
    this.tellLosses(true);
    this.set("closed");
    await this.queue.close();
  }

  private put(message: SentMessage): void {
    const { id, at, wearer } = message;
    this.taken++;
    this.queue.push({ id, at, wearer, body: JSON.stringify({ ...message, gateway: this.context.gateway }) });
  }

  private tellProblem(problem: string | undefined): void {
    this.problem = problem;
    if (problem === undefined)
      this.context.log.info({ sink: this.name }, `The queue of sink ${this.name} is well again.`);
    else this.context.log.warn({ sink: this.name }, `Sink ${this.name}: ${problem}.`);
  }

  private tellLosses(now = false): void {
    const { lost } = this.queue;
    if (lost === this.lostTold || (!now && performance.now() - this.lostToldAt < TELL_LOSSES_MS)) return;
    const more = lost - this.lostTold;
    this.context.log.error(
      { sink: this.name, lost: more, lostInAll: lost },
      `Sink ${this.name} has lost ${more} messages.`,
    );
    this.lostTold = lost;
    this.lostToldAt = performance.now();
  }
}
