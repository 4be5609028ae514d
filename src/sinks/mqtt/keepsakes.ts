import { Announced } from "./announced.js";
import type { MqttConnection } from "./connection.js";
import { discoveryPayload, discoveryTopic } from "./discovery.js";
import type { Topics } from "./topics.js";

export interface KeepsakeOptions {
  readonly gateway: string;
  readonly topics: Topics;
  /** File that remembers them. */
  readonly path: string;
  /** Prefix of Home Assistant's discovery, where that is wanted. */
  readonly prefix: string | undefined;
}

/** What the broker keeps of each wearer: announcements to Home Assistant and retained messages. It is removed when the wearer goes. */
export class Keepsakes {
  private readonly announced: Announced;
  private readonly leaving = new Set<string>();
  /** Announced on this connection. */
  private readonly fresh = new Set<string>();
  /** All wearers there are, once that was told. */
  private present: ReadonlySet<string> | undefined;
  private connection: MqttConnection | undefined;

  constructor(private readonly options: KeepsakeOptions) {
    this.announced = new Announced(options.path);
  }

  /** A new connection: everything is said again, and what could not be removed before is. */
  connected(connection: MqttConnection): void {
    this.connection = connection;
    this.fresh.clear();
    for (const wearer of this.announced.all()) if (!this.leaving.has(wearer)) this.announce(wearer);
    for (const wearer of this.leaving) this.removeNow(wearer);
  }

  /** Whether the broker may keep something of a wearer: not of one who goes, of whom messages may still wait. */
  mayKeep(wearer: string): boolean {
    return !this.leaving.has(wearer) && (this.present?.has(wearer) ?? true);
  }

  /** Whether the broker keeps something of a wearer, as far as is known. */
  keeps(wearer: string): boolean {
    return this.announced.has(wearer);
  }

  /** There is something of a wearer that the broker is to keep. */
  announce(wearer: string): void {
    this.announced.add(wearer);
    const { prefix, gateway, topics } = this.options;
    if (prefix === undefined || !this.connection?.connected || this.fresh.has(wearer)) return;
    this.fresh.add(wearer);
    const payload = JSON.stringify(discoveryPayload(gateway, wearer, topics));
    const topic = discoveryTopic(prefix, gateway, wearer);
    this.connection.publish({ topic, payload, qos: 1, retain: true }, (error) => {
      if (error) this.fresh.delete(wearer);
    });
  }

  /** All wearers there are. */
  keepOnly(wearers: readonly string[]): void {
    this.present = new Set(wearers);
    for (const wearer of wearers) {
      this.leaving.delete(wearer);
      this.announce(wearer);
    }
    for (const wearer of this.announced.all()) if (!wearers.includes(wearer)) this.remove(wearer);
  }

  /** Removes it now, or as soon as there is a connection. */
  remove(wearer: string): void {
    this.leaving.add(wearer);
    if (this.connection?.connected) this.removeNow(wearer);
  }

  private removeNow(wearer: string): void {
    const { prefix, gateway, topics } = this.options;
    this.fresh.delete(wearer);
    const all = [
      ...topics.retained(wearer),
      ...(prefix === undefined ? [] : [discoveryTopic(prefix, gateway, wearer)]),
    ];
    let left = all.length;
    for (const topic of all)
      this.connection?.publish({ topic, payload: "", qos: 1, retain: true }, (error) => {
        if (error || --left > 0 || !this.leaving.delete(wearer)) return;
        this.announced.remove(wearer);
      });
  }
}
