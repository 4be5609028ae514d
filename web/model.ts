import type { BundleStatus, WearerStatus } from "../src/gateway/types.js";
import type { ServerFrame, WearerBrief } from "../src/server/live/protocol.js";
import type { SampleFrame } from "../src/server/live/sample-frame.js";
import type { GatewayMessage } from "../src/sinks/sink.js";
import { SampleRing } from "./charts/sample-ring.js";
import type { ConnectionState } from "./connection.js";
import { History } from "./history.js";

/** Signal that is kept of each stream of the wearer in depth, s. */
export const KEPT_S = 60;
/** The gateway speaks each second; after so long what it said is old. */
const STATUS_LATE_MS = 2500;

/** All that the page knows. Views read it; only what arrives writes it. */
export class Model {
  connection: ConnectionState = { state: "connecting" };
  gateway = "";
  ready = false;
  bundles: readonly BundleStatus[] = [];
  wearers: readonly WearerBrief[] = [];
  watched: WearerStatus | null = null;
  dropped = { frames: 0, samples: 0, messages: 0 };
  /** Of the wearer in depth. */
  history = new History();
  /** Of the wearer in depth, by id of the stream. */
  readonly rings = new Map<number, SampleRing>();
  /** Whether anything was ever heard. */
  known = false;
  private handle: number | null = null;
  private wearer: string | null = null;
  /** Clock of the server less that of the page, ms, and page time at which the last status came. */
  private offset = 0;
  private heardAt = 0;

  /** The server's clock at this moment, epoch ms. */
  now(): number {
    return Date.now() + this.offset;
  }

  /** How old the newest data of a wearer is: as the gateway said last, or more where it has not said anything for too long. */
  ageOf({ ageMs }: Pick<WearerStatus, "ageMs">): number | null {
    const silent = Date.now() - this.heardAt;
    return ageMs === null ? null : ageMs + (silent > STATUS_LATE_MS ? silent : 0);
  }

  /** Whether what is known is of the past, because the gateway does not answer. */
  get stale(): boolean {
    return this.known && this.connection.state !== "open";
  }

  labelsOf(bundle: string): readonly string[] {
    return this.bundles.find(({ name }) => name === bundle)?.labels ?? [];
  }

  /** Another wearer comes into view: what was gathered of the last one is let go. */
  look(wearer: string | null): void {
    if (wearer === this.wearer) return;
    this.wearer = wearer;
    this.handle = null;
    this.watched = null;
    this.history = new History();
    this.rings.clear();
  }

  take(frame: ServerFrame): void {
    if (frame.type === "hello" || frame.type === "status") {
      this.known = true;
      this.heardAt = Date.now();
      this.offset = frame.at - this.heardAt;
      this.bundles = frame.bundles;
      this.wearers = frame.wearers;
    }
    if (frame.type === "hello") this.gateway = frame.gateway;
    if (frame.type === "status") {
      this.ready = frame.ready;
      this.dropped = frame.dropped;
      if (frame.watched === null || frame.watched.id === this.wearer) this.watched = frame.watched;
    }
    if (frame.type === "watching" && frame.wearer === this.wearer) this.handle = frame.handle;
    if (frame.type === "message") this.takeMessage(frame.message);
  }

  takeSamples(frame: SampleFrame): void {
    if (frame.handle !== this.handle) return;
    let ring = this.rings.get(frame.stream);
    if (!ring || ring.channels !== frame.channels) {
      ring = new SampleRing(frame.channels, Math.ceil((KEPT_S * 1000) / frame.period));
      this.rings.set(frame.stream, ring);
    }
    ring.push(frame);
  }

  private takeMessage(message: GatewayMessage): void {
    if (message.wearer === this.wearer) this.history.add(message);
  }
}
