import type { BundleStatus, WearerStatus } from "../src/gateway/types.js";
import type { ServerFrame, WearerBrief } from "../src/server/live/protocol.js";
import type { SampleFrame } from "../src/server/live/sample-frame.js";
import type { AnswerMessage, GatewayMessage, OverloadMessage } from "../src/sinks/sink.js";
import { SampleRing } from "./charts/sample-ring.js";
import type { ConnectionState } from "./connection.js";
import { History } from "./history.js";

/** Signal that is kept of each stream of the wearer in depth, s. */
export const KEPT_S = 60;
/** The gateway speaks each second; after so long what it said is old. */
const STATUS_LATE_MS = 2500;
/** How long it is said that this viewer was too slow, after it was, ms. */
const SLOW_MS = 5000;
/** An overload is told of when it begins and each minute while it lasts; after so long it is over, ms. */
const OVERLOAD_MS = 75_000;
/** An answer is old when it is older than so many hops, and some more for the way, ms. */
const OLD_HOPS = 2.5;
const OLD_MS = 2000;

/** All that the page knows. Views read it; only what arrives writes it. */
export class Model {
  connection: ConnectionState = { state: "connecting" };
  gateway = "";
  ready = false;
  bundles: readonly BundleStatus[] = [];
  wearers: readonly WearerBrief[] = [];
  watched: WearerStatus | null = null;
  /** Of the wearer in depth. */
  history = new History();
  /** Of the wearer in depth, by id of the stream. */
  readonly rings = new Map<number, SampleRing>();
  /** Whether anything was ever heard. */
  known = false;
  private dropped = 0;
  private droppedAt = Number.NEGATIVE_INFINITY;
  /** Newest overload by wearer. */
  private readonly overloads = new Map<string, OverloadMessage>();
  private handle: number | null = null;
  private wearer: string | null = null;
  /** Clock of the server less that of the page, ms, and page time at which the last status came. */
  private offset = 0;
  private heardAt = 0;

  /** The server's clock at this moment, epoch ms. */
  now(): number {
    return Date.now() + this.offset;
  }

  /** The newest moment that could be known of: now, or when the gateway was heard last. Epoch ms of its clock. */
  heardUntil(): number {
    const { connection } = this;
    return connection.state === "gone" ? connection.since + this.offset : this.now();
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

  /** Whether this viewer has just been left out of something because it takes too slowly. */
  get slow(): boolean {
    return Date.now() - this.droppedAt < SLOW_MS;
  }

  /** What the gateway told of an overload that lasts. */
  overloadOf(wearer: string): OverloadMessage | undefined {
    const overload = this.overloads.get(wearer);
    return overload && this.now() - overload.at < OVERLOAD_MS ? overload : undefined;
  }

  /** How long ago an answer was given, ms; undefined where another is not due yet. */
  overdue(answer: AnswerMessage | undefined, hop: number): number | undefined {
    if (!answer) return undefined;
    const ms = this.now() - answer.at;
    return ms > OLD_HOPS * hop * 1000 + OLD_MS ? ms : undefined;
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

  /** True where something changed that can be seen. */
  take(frame: ServerFrame): boolean {
    if (frame.type === "hello" || frame.type === "status") {
      this.known = true;
      this.heardAt = Date.now();
      this.offset = frame.at - this.heardAt;
      this.bundles = frame.bundles;
      this.wearers = frame.wearers;
    }
    if (frame.type === "hello") {
      this.gateway = frame.gateway;
      this.dropped = 0;
    }
    if (frame.type === "status") {
      this.ready = frame.ready;
      const dropped = frame.dropped.frames + frame.dropped.messages;
      if (dropped > this.dropped) this.droppedAt = Date.now();
      this.dropped = dropped;
      if (frame.watched === null || frame.watched.id === this.wearer) this.watched = frame.watched;
    }
    if (frame.type === "watching" && frame.wearer === this.wearer) this.handle = frame.handle;
    return frame.type === "message" ? this.takeMessage(frame.message) : frame.type !== "gap";
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

  private takeMessage(message: GatewayMessage): boolean {
    if (message.type === "overload") this.overloads.set(message.wearer, message);
    if (message.wearer !== this.wearer) return message.type === "overload";
    this.history.add(message);
    return true;
  }
}
