import { connect, type MqttClient } from "mqtt";

/** Somebody who takes all messages of a gateway, and looks at their ids. */
export class Subscriber {
  /** Messages by type, each id once; messages that came again; and predictions of each wearer. */
  readonly byType = new Map<string, number>();
  doubles = 0;
  private readonly seen = new Set<string>();
  private readonly client: MqttClient;

  constructor(url: string) {
    this.client = connect(url, {
      protocolVersion: 5,
      clientId: "soak-subscriber",
      clean: false,
      reconnectPeriod: 500,
      properties: { sessionExpiryInterval: 86_400 },
    });
    this.client.on("connect", () => this.client.subscribe("biox/+/wearers/+/+", { qos: 1 }));
    this.client.on("error", () => {
      // The broker is away: it is tried again.
    });
    this.client.on("message", (_, payload, { retain }) => {
      if (!retain && payload.length > 0) this.take(JSON.parse(payload.toString()));
    });
  }

  count(type: string): number {
    return this.byType.get(type) ?? 0;
  }

  async close(): Promise<void> {
    await this.client.endAsync(true);
  }

  private take({ id, type }: { id: string; type: string }): void {
    const key = `${type} ${id}`;
    if (this.seen.has(key)) this.doubles++;
    else {
      this.seen.add(key);
      this.byType.set(type, this.count(type) + 1);
    }
  }
}
