import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Bundle } from "../bundle/index.js";
import { createCutter } from "../engine/create-cutter.js";
import type { Engine } from "../engine/engine.js";
import { now } from "../stream/feed.js";
import { bundleHash } from "./bundle-hash.js";
import { Connection, type ConnectionState } from "./connection.js";
import { type Offer, type OfferAccount, Offers } from "./offers.js";
import { readResult } from "./result-message.js";
import { ResultReader } from "./result-reader.js";
import type { ScaleSettings } from "./settings.js";
import { ensureResults, ensureWindows } from "./streams.js";
import { requireGatewayId, wearerId, windowId, windowSubject } from "./subjects.js";
import { windowHeaders } from "./window-message.js";

/** How long the broker is given to confirm a window before it is sent again, under the same id, ms. */
const CONFIRM_MS = 2_000;
/** Before a window is sent again, ms. */
const AGAIN_MS = 200;
/** As the broker numbers what it refuses because the queue is full: of messages, of bytes, and of the disk. */
const FULL: ReadonlySet<number> = new Set([10077, 10047, 10028]);
/** Room for headers in the broker's largest message, bytes. */
const HEADER_BYTES = 1024;

/** How the broker and the windows are doing, seen from a gateway. */
export interface BrokerReport extends ConnectionState, OfferAccount {}

export interface WindowBrokerEvents {
  state: [ConnectionState];
}

/**
 * A gateway's side of a NATS JetStream broker: its engines have their windows run by workers, on other machines or this one.
 *
 * While the broker cannot be reached, its queue is full or the workers are behind, hops are skipped and counted, and nothing is kept.
 */
export class WindowBroker extends EventEmitter<WindowBrokerEvents> {
  private readonly gateway: string;
  private readonly offers = new Offers();
  private readonly connection: Connection;
  private readonly results: ResultReader;
  /** Of the bundles that are sent. */
  private readonly hashes = new Set<string>();

  /**
   * Begins to connect, and goes on for ever; whether it has is told by `state` events and `report()`.
   *
   * @param gateway id of this gateway, of a to z, 0 to 9 and '-'
   * @throws BioxError INVALID_ARGUMENT, FILE_UNREADABLE
   */
  constructor(
    private readonly settings: ScaleSettings,
    gateway: string,
  ) {
    super();
    this.gateway = requireGatewayId(gateway);
    this.results = new ResultReader(gateway, (data) => this.offers.answer(readResult(data)));
    this.connection = new Connection(settings, `biox gateway ${gateway}`, {
      state: (state) => this.emit("state", state),
      ready: (nats) => this.makeReady(nats),
    });
  }

  /**
   * An engine whose windows are run by workers with the same bundle. Its `run` needs `wearer`, whose results come back under that id; they
   * come as workers answer, not in the order of the windows.
   *
   * @throws BioxError PREPARE_INVALID where raw windows are to be sent and the bundle filters continuously
   */
  async createEngine(bundle: Bundle): Promise<Engine> {
    const hash = bundleHash(bundle);
    const { labels } = bundle.manifest;
    const engine = await createCutter(bundle, this.settings.windows, {
      take: (window, wearer, run, settle) => {
        const owner = { gateway: this.gateway, wearer: wearerId(wearer, window.facts.source) };
        const sent = now();
        const id = windowId(owner, hash, run, window.facts.window[1]);
        const deadline = sent + 1000 * this.settings.deadline;
        const queue = `${hash}.${owner.wearer}`;
        this.offer(windowSubject(hash, owner), hash, { id, queue, window, labels, sent, deadline, settle });
      },
    });
    this.hashes.add(hash);
    const { open } = this.connection;
    // Where this fails, the first window says so.
    if (open) await this.ensure(open, hash).catch(() => undefined);
    return engine;
  }

  report(): BrokerReport {
    return { ...this.connection.state, ...this.offers.account };
  }

  /** Windows that wait count as skipped. Close the engines first. */
  async close(): Promise<void> {
    this.offers.close();
    await this.results.close();
    await this.connection.close();
  }

  private async makeReady(nats: NatsConnection): Promise<void> {
    const manager = await jetstreamManager(nats);
    const { state } = await ensureResults(manager, this.settings.storage);
    for (const hash of this.hashes) await this.ensure(nats, hash);
    await this.results.follow(nats, state.last_seq);
  }

  private async ensure(nats: NatsConnection, hash: string): Promise<void> {
    const { deadline, megabytes, storage } = this.settings;
    const limits = { deadlineMs: 1000 * deadline, bytes: Math.round(megabytes * 2 ** 20), storage };
    await ensureWindows(await jetstreamManager(nats), hash, limits);
  }

  /** Sends a window where it is to be expected that it will be answered. */
  private offer(subject: string, hash: string, offer: Offer): void {
    const { offers, settings } = this;
    const { open } = this.connection;
    const { bytes } = offer.window.array;
    const most = (open?.info?.max_payload ?? Number.POSITIVE_INFINITY) - HEADER_BYTES;
    if (!open) offers.skip(offer.settle, "away", this.connection.state.reason ?? "the broker is away");
    else if (offers.waitingIn(offer.queue) >= settings.waiting)
      offers.skip(offer.settle, "behind", `${settings.waiting} windows of this wearer wait for an answer already`);
    else if (bytes.length > most)
      offers.skip(offer.settle, "large", `a window has ${bytes.length} bytes, and the broker takes ${most}`);
    else {
      offers.add(offer);
      void this.send(subject, hash, offer);
    }
  }

  /** Sends a window until the broker has confirmed it, refuses it, or its time is over. */
  private async send(subject: string, hash: string, offer: Offer): Promise<void> {
    const { id, sent, deadline, window } = offer;
    const { array } = window;
    while (this.offers.has(offer)) {
      const { open } = this.connection;
      try {
        if (open) {
          const headers = windowHeaders({ id, hash, sent, deadline, array });
          await jetstream(open).publish(subject, array.bytes, { msgID: id, headers, timeout: CONFIRM_MS });
          this.offers.published();
          return;
        }
      } catch (error) {
        if (error instanceof JetStreamApiError && FULL.has(error.code)) {
          this.offers.withdraw(offer, "full", "the broker's queue is full");
          return;
        }
      }
      // The broker may have taken it all the same: it drops a second one of the same id.
      await pause(AGAIN_MS);
    }
  }
}
