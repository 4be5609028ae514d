import mqtt, { type IPublishPacket, type MqttClient } from "mqtt";

export interface Received {
  readonly topic: string;
  // biome-ignore lint/suspicious/noExplicitAny: a payload is whatever was sent, and each test knows what it looks for.
  readonly payload: any;
  readonly packet: IPublishPacket;
}

/** Somebody at the broker who keeps a session, so that the broker keeps messages for it while it is away. */
export class Subscriber {
  readonly received: Received[] = [];
  /** How often each message came, by its id. */
  readonly times = new Map<string, number>();
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly client: MqttClient) {
    client.on("message", (topic, bytes, packet) => this.take(topic, bytes.toString(), packet));
    // The broker is restarted under it, and comes back.
    client.on("error", () => {});
  }

  /** @param qos highest quality of service at which the broker hands messages on */
  static async join(url: string, filter: string, id = "subscriber", qos: 1 | 2 = 1): Promise<Subscriber> {
    const client = mqtt.connect(url, {
      protocolVersion: 5,
      clientId: id,
      clean: false,
      properties: { sessionExpiryInterval: 3600 },
      reconnectPeriod: 200,
      keepalive: 5,
    });
    const subscriber = new Subscriber(client);
    await client.subscribeAsync(filter, { qos });
    return subscriber;
  }

  /** The first message, here or to come, that passes. */
  async message(test: (received: Received) => boolean): Promise<Received> {
    await this.until(() => this.received.some(test));
    return this.received.find(test)!;
  }

  /** Waits for a fact about what was received. */
  async until(fact: () => boolean): Promise<void> {
    while (!fact()) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  /** Waits until everything is here that the broker has for it now, such as what was kept. */
  async caughtUp(): Promise<void> {
    const topic = `caught-up/${Math.random()}`;
    await this.client.publishAsync(topic, "", { qos: 1 });
    await this.message((received) => received.topic === topic);
  }

  leave(): Promise<void> {
    return this.client.endAsync(true);
  }

  private take(topic: string, text: string, packet: IPublishPacket): void {
    const payload = text === "" ? undefined : JSON.parse(text);
    this.received.push({ topic, payload, packet });
    if (payload?.id) this.times.set(payload.id, (this.times.get(payload.id) ?? 0) + 1);
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}
