import { readFile } from "node:fs/promises";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { unreadable } from "../../paths.js";
import { Backoff } from "../backoff.js";
import type { MqttSettings } from "./settings.js";

/** What a broker takes at once that does not say (MQTT 5, 3.2.2.3.3). */
const RECEIVE_MOST = 65_535;
const CONNECT_MS = 10_000;

export interface ConnectionHandlers {
  open(): void;
  /** Not connected any more, or still not; it is tried again by itself. */
  closed(reason: string): void;
  /** Whatever was on the way must be sent again: the broker knows nothing of it. */
  sessionLost(): void;
}

export interface Outgoing {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  /** Id of the message; none for what is no message, such as the status. */
  readonly id?: string;
}

type Settled = (error?: Error & { code?: number | string }) => void;

/** Reads what the settings name files for. @throws BioxError FILE_UNREADABLE */
export async function readSecrets(
  settings: MqttSettings,
): Promise<Pick<IClientOptions, "password" | "ca" | "cert" | "key">> {
  const text = async (path: string | undefined): Promise<string | undefined> => {
    if (path === undefined) return undefined;
    try {
      return await readFile(path, "utf8");
    } catch (cause) {
      throw unreadable(path, cause);
    }
  };
  const password = (await text(settings.passwordFile))?.split(/\r?\n/, 1)[0];
  const [ca, cert, key] = await Promise.all([settings.ca, settings.certificate, settings.key].map(text));
  return {
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/**
 * A connection to the broker that is made again whenever it breaks. The session is kept over breaks of the network, so that QoS 2 holds
 * over them; a process that starts begins a new one, since what it had on the way is known to its queue and not to it.
 */
export class MqttConnection {
  private client: MqttClient | undefined;
  private readonly backoff = new Backoff();
  /** Messages given to the client and not acknowledged. */
  private underWay = 0;
  private most: number;
  /** What had no room among them. */
  private readonly later: [Outgoing, Settled][] = [];
  private lastError: string | undefined;
  private ended = false;

  constructor(
    private readonly url: string,
    private readonly options: IClientOptions,
    private readonly inFlight: number,
    private readonly handlers: ConnectionHandlers,
  ) {
    this.most = inFlight;
    this.connect();
  }

  get connected(): boolean {
    return this.client?.connected === true && !this.ended;
  }

  /** Whether a message would go out at once. */
  get hasRoom(): boolean {
    return this.connected && this.underWay + this.later.length < this.most;
  }

  /**
   * Sends it as soon as there is room; what had none is dropped when the connection breaks. `settled` is called with nothing once the
   * broker has it, or with why not; never after the session was lost.
   */
  publish(message: Outgoing, settled: Settled): void {
    const { client } = this;
    if (!client) return;
    if (this.underWay >= this.most) {
      this.later.push([message, settled]);
      return;
    }
    const { topic, payload, qos, retain, id } = message;
    this.underWay++;
    const properties = {
      payloadFormatIndicator: true,
      contentType: "application/json",
      ...(id === undefined ? {} : { userProperties: { id } }),
    };
    client.publish(topic, payload, { qos, retain, properties }, (error) => {
      if (client !== this.client) return;
      this.underWay--;
      const next = this.later.shift();
      if (next) this.publish(...next);
      settled(error ?? undefined);
    });
  }

  /** Says goodbye within `ms` where nothing is on the way; ends without it otherwise, and the broker publishes the will. */
  async end(ms: number): Promise<void> {
    const { client } = this;
    this.ended = true;
    this.client = undefined;
    if (!client) return;
    const { stream } = client;
    const closed = new Promise<void>((resolve) => stream.once("close", () => resolve()));
    const deadline = setTimeout(() => stream.destroy(), ms);
    client.end(!client.connected || this.underWay > 0);
    if (!stream.destroyed) await closed;
    clearTimeout(deadline);
  }

  private connect(): void {
    const client = mqtt.connect(this.url, {
      ...this.options,
      protocolVersion: 5,
      clean: true,
      connectTimeout: CONNECT_MS,
      reconnectPeriod: this.backoff.next(),
      reconnectOnConnackError: true,
      queueQoSZero: false,
      resubscribe: false,
    });
    this.client = client;
    this.underWay = 0;
    // Errors come before the close to which they lead.
    client.on("error", (error) => {
      this.lastError = describe(error);
    });
    client.on("close", () => this.onClose(client));
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "connack" && packet.reasonCode === 0 && !packet.sessionPresent) this.onNewSession(client);
    });
    client.on("connect", ({ properties }) => {
      if (client !== this.client) return;
      client.options.clean = false;
      this.backoff.reset();
      this.lastError = undefined;
      this.most = Math.min(this.inFlight, properties?.receiveMaximum ?? RECEIVE_MOST);
      this.handlers.open();
    });
  }

  private onClose(client: MqttClient): void {
    if (client !== this.client) return;
    this.later.length = 0;
    client.options.reconnectPeriod = this.backoff.next();
    this.handlers.closed(this.lastError ?? "the connection was closed");
    this.lastError = undefined;
  }

  /** The client would go on with the second half of a hand-over (QoS 2) of whose first half the broker has lost the message. */
  private onNewSession(client: MqttClient): void {
    if (client !== this.client || this.underWay === 0) return;
    this.client = undefined;
    setImmediate(() => {
      client.end(true);
      if (this.ended) return;
      this.handlers.sessionLost();
      this.connect();
    });
  }
}

function describe(error: Error & { code?: string | number }): string {
  const sentences: Record<string, string> = {
    ECONNREFUSED: "nobody listens at that address and port",
    ENOTFOUND: "there is no such host",
    EAI_AGAIN: "the name of the host cannot be looked up now",
    EHOSTUNREACH: "the host cannot be reached",
    ENETUNREACH: "the network cannot be reached",
    ETIMEDOUT: "the host does not answer",
    ECONNRESET: "the broker has cut the connection",
  };
  // Trying several addresses of one host gives one error with no message of its own.
  return sentences[String(error.code)] ?? (error.message || String(error.code ?? error.name));
}
