import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { type Consumer, type JsMsg, jetstream, jetstreamManager, type PubAck } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Bundle } from "../bundle/index.js";
import type { Percentiles } from "../engine/types.js";
import type { WindowPool } from "../engine/window-pool.js";
import { BioxError, invalidArgument } from "../errors.js";
import { bundleHash } from "./bundle-hash.js";
import { Connection, type ConnectionState } from "./connection.js";
import { NotBegun, PoolQueue } from "./pool-queue.js";
import { type ResultMessage, resultBytes } from "./result-message.js";
import type { BrokerSettings } from "./settings.js";
import { ACK_WAIT_MS, ensureWorkers } from "./streams.js";
import { type Owner, ownerOf, resultSubject, WORKERS, windowsStream } from "./subjects.js";
import { readWindow, type WindowMessage } from "./window-message.js";
import { WorkerAccount, type WorkerCounts, type WorkerObserver } from "./worker-account.js";

/** How long the broker may leave a request for a window open, ms: the shortest that it takes. A clean stop waits for it. */
const PULL_MS = 1_000;
/** How long it is given to confirm an answer before that is sent again, under the same id, ms. */
const CONFIRM_MS = 2_000;
const AGAIN_MS = 200;
const NAME = /^[\w.-]{1,64}$/;
const NO_TIME = { prepare: 0, lower: 0, bridge: 0, upper: 0 } as const;

export interface WorkerEvents {
  state: [ConnectionState];
  /** A window that was refused, and why. */
  refused: [string];
}

/**
 * Takes windows of one bundle from a NATS JetStream queue, runs them and publishes the answers.
 *
 * A window is acknowledged once the broker has its answer; where a worker dies before, another is given the window. It holds twice as many
 * as its engines run at once, so that they do not wait for the broker.
 */
export class ScaleWorker extends EventEmitter<WorkerEvents> {
  readonly name: string;
  private readonly hash: string;
  private readonly account = new WorkerAccount();
  private readonly connection: Connection;
  private consumer: { nats: NatsConnection; found: Consumer } | undefined;
  private readonly messages = new Set<JsMsg>();
  private readonly queue: PoolQueue;
  private stopping = false;
  private failure: unknown;

  /**
   * @param pool that runs the windows; it stays the caller's
   * @param name by which answers and metrics tell this worker from others, of letters, digits and `_.-`
   * @throws BioxError INVALID_ARGUMENT, FILE_UNREADABLE
   */
  constructor(
    bundle: Bundle,
    private readonly pool: WindowPool,
    settings: BrokerSettings,
    name: string,
  ) {
    super();
    if (!NAME.test(name)) throw invalidArgument("name", "1 to 64 letters, digits, '_', '.' and '-'", name);
    this.name = name;
    this.hash = bundleHash(bundle);
    this.queue = new PoolQueue(pool);
    this.connection = new Connection(settings, `biox worker ${name}`, {
      state: (state) => this.emit("state", state),
      ready: (nats) => this.makeReady(nats),
    });
  }

  get state(): ConnectionState {
    return this.connection.state;
  }

  /** Hash of the bundle whose windows it takes. */
  get bundle(): string {
    return this.hash;
  }

  get counts(): Readonly<WorkerCounts> {
    return this.account.counts;
  }

  get queueAgeMs(): Percentiles {
    return this.account.queueAgeMs;
  }

  /** Windows that it has and has not answered. */
  get held(): number {
    return this.messages.size;
  }

  /** Has an observer told of each time that is measured. */
  observe(observer: WorkerObserver): void {
    this.account.observer = observer;
  }

  /**
   * Works until `signal` aborts: then windows under way are answered and no others begun.
   *
   * @throws BioxError ENGINE_FAILED when an engine dies; its windows go to other workers
   */
  async run(signal: AbortSignal): Promise<void> {
    const { engines, batch } = this.pool.info;
    const stop = (): void => {
      this.stopping = true;
      // What waits for an engine is given back, for other workers.
      this.queue.close();
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const beat = setInterval(() => this.holdOn(), ACK_WAIT_MS / 4);
    try {
      await Promise.all(Array.from({ length: 2 * engines * batch.most }, () => this.work()));
    } finally {
      clearInterval(beat);
      signal.removeEventListener("abort", stop);
      await this.connection.close();
    }
    if (this.failure) throw this.failure;
  }

  private async makeReady(nats: NatsConnection): Promise<void> {
    await ensureWorkers(await jetstreamManager(nats), this.hash).catch((cause) => {
      if (cause instanceof Error && /stream not found/i.test(cause.message))
        throw new Error("no gateway has sent windows of this bundle yet");
      throw cause;
    });
    const found = await jetstream(nats).consumers.get(windowsStream(this.hash), WORKERS);
    this.consumer = { nats, found };
  }

  /** Takes one window after another. */
  private async work(): Promise<void> {
    while (!this.stopping) {
      const message = await this.next();
      if (!message) continue;
      this.messages.add(message);
      try {
        await this.handle(message);
      } catch (error) {
        message.nak();
        if (error instanceof NotBegun) continue;
        this.failure ??= error;
        this.stopping = true;
      } finally {
        this.messages.delete(message);
      }
    }
  }

  /** Undefined where none has come for a while. */
  private async next(): Promise<JsMsg | undefined> {
    const { open } = this.connection;
    const { consumer } = this;
    if (!open || consumer?.nats !== open) {
      await pause(AGAIN_MS);
      return undefined;
    }
    try {
      return (await consumer.found.next({ expires: PULL_MS })) ?? undefined;
    } catch {
      // The queue may have been lost with the broker's memory, and be made anew.
      await pause(PULL_MS);
      if (this.connection.open === open && !this.stopping) await this.makeReady(open).catch(() => undefined);
      return undefined;
    }
  }

  private async handle(message: JsMsg): Promise<void> {
    const { account } = this;
    if (message.redelivered) account.counts.redelivered++;
    const owner = ownerOf(message.subject);
    let window: WindowMessage | undefined;
    try {
      window = readWindow(message.headers, message.data);
      this.check(window, owner);
    } catch (error) {
      if (!(error instanceof BioxError)) throw error;
      await this.refuse(message, owner, window, error.message);
      return;
    }
    if (Date.now() > window.deadline) {
      account.counts.expired++;
      message.term();
      return;
    }
    const { sent } = window;
    const { answered, at } = await this.queue.run(window.array, () => account.begun(Date.now() - sent));
    if (at === 0) account.ran(answered);
    const { probs, failure, prepareMs } = answered.answers[at]!;
    const { lower, bridge, upper } = answered.ms;
    const published = await this.publish(owner!, window, {
      window: window.id,
      worker: this.name,
      ...(probs ? { probs } : { failure: failure!.slice(0, 1000) }),
      ms: { prepare: prepareMs, lower, bridge, upper },
      together: answered.together,
    });
    if (!published) {
      account.counts.expired++;
      return;
    }
    message.ack();
    if (published.duplicate) account.counts.doubles++;
    if (probs) account.counts.answered++;
    else account.counts.failed++;
  }

  private check(window: WindowMessage, owner: Owner | undefined): void {
    if (!owner || !window.id.startsWith(`${owner.gateway}.${owner.wearer}.`))
      throw new BioxError("WINDOW_INVALID", "A window in the queue has an id that is not its wearer's.");
    if (window.hash !== this.hash)
      throw new BioxError(
        "WINDOW_INVALID",
        `The window was cut for another bundle: ${window.hash.slice(0, 16)} is not ${this.hash.slice(0, 16)}.`,
      );
    this.pool.check(window.array);
  }

  /** Tells the gateway where it is known, and takes the window out of the queue: no other worker would take it. */
  private async refuse(
    message: JsMsg,
    owner: Owner | undefined,
    window: WindowMessage | undefined,
    reason: string,
  ): Promise<void> {
    this.account.counts.refused++;
    this.emit("refused", reason);
    const { name } = this;
    if (owner && window?.id.startsWith(`${owner.gateway}.${owner.wearer}.`))
      await this.publish(owner, window, { window: window.id, worker: name, failure: reason, ms: NO_TIME, together: 0 });
    message.term();
  }

  /** Publishes an answer until the broker has confirmed it; undefined where the window's time was over before. */
  private async publish(owner: Owner, window: WindowMessage, result: ResultMessage): Promise<PubAck | undefined> {
    const bytes = resultBytes(result);
    while (Date.now() <= window.deadline) {
      const { open } = this.connection;
      try {
        if (open)
          return await jetstream(open).publish(resultSubject(owner), bytes, { msgID: window.id, timeout: CONFIRM_MS });
      } catch {
        // It may have come all the same: the broker drops a second one of the same id.
      }
      await pause(AGAIN_MS);
    }
    return undefined;
  }

  /** Tells the broker that windows are still worked on, so that it does not give them to others. */
  private holdOn(): void {
    if (this.connection.open) for (const message of this.messages) message.working();
  }
}
