import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { QueueEntry } from "../../store/queue/entry.js";
import type { SinkContext } from "../context.js";
import { Outbox } from "../outbox.js";
import { parsePayload } from "../parse-payload.js";
import type { GatewayMessage, Sink, SinkForgotten, SinkReport } from "../sink.js";
import { MqttConnection, readSecrets } from "./connection.js";
import { Keepsakes } from "./keepsakes.js";
import type { MqttSettings } from "./settings.js";
import { isRetained, Topics } from "./topics.js";

/** A message that the broker refused for now is tried again after, ms. */
const REFUSED_MS = 10_000;
/** How long the broker may take to be reached, and to remove what it keeps of one who is forgotten, ms. */
const BROKER_MS = 10_000;
const LOOK_MS = 50;
/** Reasons for which the broker will never take a message: topic name invalid, packet too large, payload format invalid (MQTT 5, 2.4). */
const NEVER = new Set([0x90, 0x95, 0x99]);

/** Messages to a broker of MQTT 5. A message leaves the queue when the broker has acknowledged it. */
export class MqttSink implements Sink {
  private readonly topics: Topics;
  private readonly keepsakes: Keepsakes;
  private connection!: MqttConnection;
  private refused: QueueEntry[] = [];
  private resting: NodeJS.Timeout | undefined;
  private ended = false;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly settings: MqttSettings,
    private readonly context: SinkContext,
    private readonly outbox: Outbox,
  ) {
    this.topics = new Topics(settings.topic, context.gateway);
    this.keepsakes = new Keepsakes({
      gateway: context.gateway,
      topics: this.topics,
      path: join(context.data, "queues", `${settings.name}.announced.json`),
      prefix: settings.homeAssistant?.prefix,
    });
  }

  /** @throws BioxError FILE_UNREADABLE for a password or a certificate; what it gives, FILE_UNWRITABLE for the queue's folder */
  static async prepare(settings: MqttSettings, context: SinkContext): Promise<() => Promise<MqttSink>> {
    const secrets = await readSecrets(settings);
    return async () => {
      const outbox = await Outbox.open(settings.name, settings.queue, context);
      const sink = new MqttSink(settings, context, outbox);
      sink.connect(secrets);
      return sink;
    };
  }

  take(message: GatewayMessage): void {
    this.outbox.take(message);
  }

  report(): SinkReport {
    return this.outbox.report();
  }

  wearers(ids: readonly string[]): void {
    this.keepsakes.keepOnly(ids);
  }

  async forget(wearer: string): Promise<SinkForgotten> {
    const kept = this.keepsakes.keeps(wearer);
    this.keepsakes.remove(wearer);
    const removed = await this.outbox.forget(wearer);
    if (!kept) return { ...removed, broker: "nothing" };
    const end = performance.now() + BROKER_MS;
    while (this.keepsakes.keeps(wearer) && performance.now() < end) await pause(LOOK_MS);
    return { ...removed, broker: this.keepsakes.keeps(wearer) ? "unreachable" : "cleared" };
  }

  close(ms: number): Promise<void> {
    this.closing ??= this.finish(performance.now() + ms);
    return this.closing;
  }

  private connect(secrets: Awaited<ReturnType<typeof readSecrets>>): void {
    const { url, user, keepAlive, sessionExpiry, clientId, name } = this.settings;
    const { gateway } = this.context;
    const offline = JSON.stringify({ type: "status", gateway, state: "offline" });
    const options = {
      ...secrets,
      ...(user === undefined ? {} : { username: user }),
      clientId: clientId ?? `biox-${gateway}-${name}`,
      keepalive: keepAlive,
      properties: { sessionExpiryInterval: sessionExpiry },
      will: { topic: this.topics.status, payload: Buffer.from(offline), qos: 1 as const, retain: true },
    };
    this.outbox.onReady = () => this.deliver();
    this.connection = new MqttConnection(url, options, this.settings.inFlight, {
      open: () => this.onOpen(),
      closed: (reason) => this.outbox.set("waiting", reason),
      sessionLost: () => this.outbox.takeBack(),
    });
  }

  private onOpen(): void {
    this.outbox.set("open");
    this.sayStatus("online", () => {});
    this.keepsakes.connected(this.connection);
    this.deliver();
  }

  private deliver(): void {
    while (this.connection.hasRoom && !this.resting && !this.ended) {
      const entry = this.outbox.next();
      if (!entry) return;
      this.send(entry);
    }
  }

  private send(entry: QueueEntry): void {
    const payload = parsePayload(entry.body);
    if (!payload) {
      this.outbox.lose(entry);
      return;
    }
    const { type, wearer } = payload;
    const { qos, retain } = this.settings;
    const message = { topic: this.topics.of(wearer, type), payload: entry.body, qos, id: entry.id };
    const kept = retain && isRetained(type) && this.keepsakes.mayKeep(wearer);
    this.connection.publish({ ...message, retain: kept }, (error) => {
      if (!error) this.outbox.done(entry);
      else if (NEVER.has(Number(error.code))) this.outbox.lose(entry);
      else this.rest(entry, error);
      this.deliver();
    });
    if (kept) this.keepsakes.announce(wearer);
  }

  /** The broker takes messages of this kind no more, or not now: rights, a quota, a limit of its own. */
  private rest(entry: QueueEntry, error: Error): void {
    if (this.ended) return;
    this.refused.push(entry);
    this.outbox.set("waiting", `the broker refuses messages (${error.message})`);
    this.resting ??= setTimeout(() => {
      this.resting = undefined;
      this.outbox.takeBack(this.refused);
      this.refused = [];
      if (this.connection.connected) this.outbox.set("open");
      this.deliver();
    }, REFUSED_MS);
  }

  private async finish(end: number): Promise<void> {
    const left = (): number => Math.max(1, end - performance.now());
    await this.drained(left() * 0.6);
    this.ended = true;
    clearTimeout(this.resting);
    if (this.connection.connected) await this.goodbye(left() / 2);
    await this.connection.end(left());
    await this.outbox.close();
  }

  /** Resolves when everything is delivered, or after `ms`. */
  private async drained(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (this.outbox.report().waiting > 0 && this.connection.connected && !this.resting && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  private async goodbye(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(resolve, ms);
      this.sayStatus("offline", () => {
        clearTimeout(deadline);
        resolve();
      });
    });
  }

  private sayStatus(state: "online" | "offline", said: () => void): void {
    const payload = JSON.stringify({ type: "status", gateway: this.context.gateway, state, at: Date.now() });
    this.connection.publish({ topic: this.topics.status, payload, qos: 1, retain: true }, said);
  }
}
