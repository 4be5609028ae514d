import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { connect, credsAuthenticator, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import { BioxError } from "../errors.js";
import { unreadable } from "../paths.js";
import type { BrokerSettings } from "./settings.js";

/** Between two attempts to reach the broker, ms; the longest where it has refused. */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** A broker that says nothing for two of these is away: a cut cable says nothing either. */
const PING_MS = 5_000;

/** Where a connection to a broker stands; `away` is tried again for ever. */
export interface ConnectionState {
  readonly state: "connecting" | "open" | "away" | "closed";
  /** What is wrong, in a sentence; undefined while it is open. */
  readonly reason: string | undefined;
}

/** Told of each change, and given each connection that is new or open again. */
export interface ConnectionEvents {
  state(state: ConnectionState): void;
  /** Makes ready what the connection is for; until it is done, and where it fails, the connection is not `open`. It is then tried again. */
  ready(nats: NatsConnection): Promise<void>;
}

/** A connection to a NATS server that is tried for ever. */
export class Connection {
  private now: ConnectionState = { state: "connecting", reason: "the broker has not answered yet" };
  private nats: NatsConnection | undefined;
  private readonly ending = new AbortController();
  private readonly ended: Promise<void>;
  /** Changes with each loss of the connection, so that work for an older one is not taken for done. */
  private era = 0;

  /**
   * @param name by which the broker lists this connection
   * @throws BioxError FILE_UNREADABLE where a file of the settings cannot be read
   */
  constructor(
    settings: BrokerSettings,
    name: string,
    private readonly events: ConnectionEvents,
  ) {
    this.ended = this.keep(connectionOptions(settings, name));
  }

  get state(): ConnectionState {
    return this.now;
  }

  /** There while it is open. */
  get open(): NatsConnection | undefined {
    return this.now.state === "open" ? this.nats : undefined;
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.nats?.close();
    await this.ended;
    this.tell("closed", "it was closed");
  }

  private async keep(options: NodeConnectionOptions): Promise<void> {
    let retry = RETRY_MS;
    while (!this.ending.signal.aborted) {
      try {
        this.nats = await connect(options);
        if (this.ending.signal.aborted) return await this.nats.close();
        retry = RETRY_MS;
        await this.follow(this.nats);
      } catch (cause) {
        this.tell(this.now.state === "connecting" ? "connecting" : "away", explain(cause));
      }
      await this.sleep(retry);
      retry = Math.min(2 * retry, LONGEST_RETRY_MS);
    }
  }

  /** Until it is closed for good: the client opens it again by itself as long as it can. */
  private async follow(nats: NatsConnection): Promise<void> {
    void this.makeReady(nats);
    for await (const status of nats.status()) {
      if (status.type === "disconnect") {
        this.era++;
        this.tell("away", "the connection to the broker was lost");
      } else if (status.type === "reconnect") void this.makeReady(nats);
      else if (status.type === "error" && this.now.state !== "open") this.tell(this.now.state, explain(status.error));
    }
    this.era++;
    const error = await nats.closed();
    this.tell("away", error ? explain(error) : "the connection to the broker was closed");
  }

  private async makeReady(nats: NatsConnection): Promise<void> {
    const era = ++this.era;
    for (let retry = RETRY_MS; ; retry = Math.min(2 * retry, LONGEST_RETRY_MS)) {
      try {
        await this.events.ready(nats);
        if (era === this.era) this.tell("open", undefined);
        return;
      } catch (cause) {
        if (era !== this.era || this.ending.signal.aborted) return;
        this.tell(this.now.state, explain(cause));
      }
      await this.sleep(retry);
      if (era !== this.era || this.ending.signal.aborted) return;
    }
  }

  private tell(state: ConnectionState["state"], reason: string | undefined): void {
    if (this.ending.signal.aborted && state !== "closed") return;
    if (state === this.now.state && reason === this.now.reason) return;
    this.now = { state, reason };
    this.events.state(this.now);
  }

  private async sleep(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }
}

/** Reads the files that settings of a broker name. @throws BioxError as a connection to it does */
export function requireBroker(settings: BrokerSettings): void {
  connectionOptions(settings, "check");
}

/** @throws BioxError INVALID_ARGUMENT; FILE_UNREADABLE where a file of the settings cannot be read */
export function connectionOptions(settings: BrokerSettings, name: string): NodeConnectionOptions {
  const urls = [settings.nats].flat().map((text) => new URL(text));
  const [{ username, password }] = urls as [URL];
  const { credentials, ca, certificate, key } = settings;
  if ((certificate === undefined) !== (key === undefined))
    throw new BioxError(
      "INVALID_ARGUMENT",
      "Expected a certificate and its key for the broker, but received only one of them.",
    );
  const tls = ca !== undefined || certificate !== undefined || urls.some(({ protocol }) => protocol === "tls:");
  return {
    servers: urls.map(({ host }) => host),
    name,
    ...(username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : {}),
    ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(read(credentials)) }),
    ...(tls ? { tls: tlsOptions({ ca, certificate, key }) } : {}),
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    ignoreAuthErrorAbort: true,
    pingInterval: PING_MS,
    timeout: PING_MS,
  };
}

function tlsOptions(files: Record<"ca" | "certificate" | "key", string | undefined>): { ca?: string } {
  const names = { ca: "ca", certificate: "cert", key: "key" } as const;
  const given = Object.entries(files).filter(([, path]) => path !== undefined);
  return Object.fromEntries(given.map(([name, path]) => [names[name as keyof typeof names], text(path!)]));
}

function text(path: string): string {
  return Buffer.from(read(path)).toString("utf8");
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** What a client's error means to the one who runs it. */
export function explain(cause: unknown): string {
  if (cause instanceof AggregateError) return explain(cause.errors[0]);
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/authorization|authentication/i.test(text)) return "the broker refuses this user or password";
  if (/jetstream.*not enabled|no responders/i.test(text)) return "the broker has no JetStream, or this user none";
  return `the broker cannot be used: ${text.split("\n")[0]!.replace(/[.\s]+$/, "")}`;
}
