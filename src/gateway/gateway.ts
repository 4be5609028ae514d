import { EventEmitter } from "node:events";
import type { BrokerReport } from "../scale/index.js";
import type { GatewayMessage, Sink, SinkReport } from "../sinks/sink.js";
import type { GatewaySettings, WearerSettings } from "./config/settings.js";
import { type ForgetReport, requireForgettable } from "./forget/report.js";
import type { OpenParts } from "./forget/running.js";
import { type BundleLoader, HostedBundle } from "./hosted-bundle.js";
import { type Household, type Recorder, WearerKeeper } from "./keeper.js";
import { localLoader } from "./local-loader.js";
import type { Log } from "./log.js";
import { type HistoryStore, MemoryHistory } from "./memory-history.js";
import { HotPlug } from "./ports/hot-plug.js";
import { PortRegistry } from "./ports/port-registry.js";
import type { BundleStatus, GatewayEvents, GatewayFace, WearerStatus } from "./types.js";

/** How long sinks may take to deliver what waits when the gateway stops, ms. */
const FLUSH_MS = 800;

/** Parts that a gateway is put together from; what is left out does without. */
export interface GatewayParts {
  readonly log: Log;
  /** Where messages go; the gateway closes them. */
  readonly sinks?: readonly Sink[];
  /** In memory unless given; the gateway closes it. */
  readonly history?: HistoryStore;
  /** What reads and runs bundles: engines of this process unless given. */
  readonly loader?: BundleLoader;
  readonly ports?: PortRegistry;
  /** How the broker is doing behind which others run windows. */
  broker?(): BrokerReport;
  /** A recorder for a source that is about to be opened; nothing is recorded without. */
  record?(wearer: WearerSettings, uri: string): Recorder;
  /** Removes everything of a wearer whom nobody measures any more. */
  forget?(wearer: string, open: OpenParts): Promise<ForgetReport>;
}

/** Many wearers, each with its source and its bundles, and one account of all of them. */
export class Gateway extends EventEmitter<GatewayEvents> implements GatewayFace {
  readonly started = Date.now();
  #settings: GatewaySettings;
  #sinks: readonly Sink[];
  readonly #history: HistoryStore;
  readonly #bundles = new Map<string, HostedBundle>();
  readonly #wearers = new Map<string, WearerKeeper>();
  readonly #loader: BundleLoader;
  readonly #house: Household;
  #work: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Wearers who are being forgotten. */
  readonly #forgetting = new Map<string, Promise<ForgetReport | undefined>>();

  /** Begins at once; `ready` says when all was tried. */
  constructor(
    settings: GatewaySettings,
    private readonly parts: GatewayParts,
  ) {
    super();
    this.setMaxListeners(0);
    this.#settings = settings;
    this.#sinks = parts.sinks ?? [];
    this.#history = parts.history ?? new MemoryHistory();
    this.#loader = parts.loader ?? localLoader();
    this.#house = this.#household(parts);
    for (const [name, bundle] of Object.entries(settings.bundles)) this.#host(name, bundle);
    for (const wearer of settings.wearers) this.#keep(wearer);
    this.#tellWearers();
    // Node's own events of every emitter, which the types of ours do not name.
    const emitter: EventEmitter = this as EventEmitter;
    emitter.on("newListener", (name) => this.#listen(name, 1));
    emitter.on("removeListener", (name) => this.#listen(name, 0));
  }

  get id(): string {
    return this.#settings.gateway;
  }

  wearers(): readonly WearerStatus[] {
    return [...this.#wearers.values()].map((keeper) => keeper.status);
  }

  bundles(): readonly BundleStatus[] {
    return [...this.#bundles.values()].map((bundle) => bundle.status);
  }

  sinks(): readonly SinkReport[] {
    return this.#sinks.map((sink) => sink.report());
  }

  history(wearer: string, query: { from?: number; to?: number; limit: number }): ReturnType<HistoryStore["query"]> {
    return this.#history.query(wearer, query);
  }

  mark(wearer: string, name: string, by: string): number | undefined {
    return this.#wearers.get(wearer)?.mark(name, by);
  }

  async forget(wearer: string): Promise<ForgetReport | undefined> {
    // A wearer who is being taken out at the moment has messages and a recording yet to come.
    await this.#work;
    requireForgettable(wearer, this.#settings.wearers);
    const { log } = this.parts;
    const forgetting =
      this.#forgetting.get(wearer) ??
      Promise.resolve(this.parts.forget?.(wearer, { sinks: this.#sinks, history: this.#history })).finally(() =>
        this.#forgetting.delete(wearer),
      );
    this.#forgetting.set(wearer, forgetting);
    const report = await forgetting;
    // Not who it was: that would be kept.
    if (report) log.info({ files: report.files.length }, "everything of a wearer is removed");
    return report;
  }

  broker(): BrokerReport | undefined {
    return this.parts.broker?.();
  }

  ready(): boolean {
    const tried = [...this.#bundles.values(), ...this.#wearers.values()];
    return !this.#closing && tried.every((part) => part.tried);
  }

  /**
   * Goes on with other settings. Wearers and bundles whose settings are the same are not touched; a wearer of which only bundles or hop
   * have changed keeps its source open.
   *
   * @param options.bundlesAnew loads those bundles, too, whose settings are the same: others are trusted now. False by default.
   */
  reload(settings: GatewaySettings, sinks: readonly Sink[] = this.#sinks, { bundlesAnew = false } = {}): Promise<void> {
    this.#work = this.#work.then(() => (this.#closing ? undefined : this.#apply(settings, sinks, bundlesAnew)));
    return this.#work;
  }

  /** Ends everything: recordings are closed, and sinks may deliver for a moment. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await this.#work;
    await Promise.all([...this.#wearers.values()].map((keeper) => keeper.close()));
    await Promise.all([
      ...[...this.#bundles.values()].map((bundle) => bundle.close()),
      ...this.#sinks.map((sink) => sink.close(FLUSH_MS)),
    ]);
    await this.#history.close();
  }

  async #apply(settings: GatewaySettings, sinks: readonly Sink[], anew: boolean): Promise<void> {
    // Who is measured again begins anew.
    await Promise.allSettled(settings.wearers.flatMap(({ id }) => this.#forgetting.get(id) ?? []));
    const before = new Map([...this.#wearers].map(([id, keeper]) => [id, keeper.settings]));
    this.#settings = settings;
    this.#sinks = sinks;
    const changed = new Set<string>();
    const wanted = new Map(settings.wearers.map((wearer) => [wearer.id, wearer]));
    for (const [name, hosted] of this.#bundles)
      if (anew || !same(hosted.settings, settings.bundles[name])) changed.add(name);
    for (const name of Object.keys(settings.bundles)) if (!this.#bundles.has(name)) changed.add(name);
    // A port may pass from one wearer to another: those that give theirs up are closed first.
    const going = [...this.#wearers].filter(([id, keeper]) => {
      const next = wanted.get(id);
      return !next || !same(sourceOf(keeper.settings), sourceOf(next));
    });
    for (const [id] of going) this.#wearers.delete(id);
    await Promise.all(going.map(([, keeper]) => keeper.close()));
    const old = [...changed].flatMap((name) => this.#bundles.get(name) ?? []);
    for (const name of changed) {
      this.#bundles.delete(name);
      const next = settings.bundles[name];
      if (next) this.#host(name, next);
    }
    await Promise.all(
      settings.wearers.map(async (wearer) => {
        const keeper = this.#wearers.get(wearer.id);
        if (!keeper) this.#keep(wearer);
        else if (!same(before.get(wearer.id), wearer)) await keeper.change(wearer);
        else if (wearer.bundles.some((name) => changed.has(name))) await keeper.restart();
      }),
    );
    // In the order of the configuration, as they are listed.
    for (const { id } of settings.wearers) {
      const keeper = this.#wearers.get(id)!;
      this.#wearers.delete(id);
      this.#wearers.set(id, keeper);
    }
    await Promise.all(old.map((bundle) => bundle.close()));
    this.#tellWearers();
  }

  /** After the last message of those that have gone. */
  #tellWearers(): void {
    for (const sink of this.#sinks) sink.wearers?.(this.#settings.wearers.map(({ id }) => id));
  }

  #host(name: string, settings: GatewaySettings["bundles"][string]): void {
    this.#bundles.set(name, new HostedBundle(name, settings, this.#loader, this.parts.log));
  }

  #keep(wearer: WearerSettings): void {
    this.#wearers.set(wearer.id, new WearerKeeper(wearer, this.#house));
  }

  #household({ log, ports = new PortRegistry(), record }: GatewayParts): Household {
    return {
      ports,
      hotPlug: new HotPlug(),
      log,
      bundle: (name) => this.#bundles.get(name),
      tell: (message) => this.#tell(message),
      gap: (wearer, gap) => this.emit("gap", wearer, gap),
      account: (wearer) => this.emit("account", wearer),
      samples: (wearer, event) => this.emit("samples", wearer, event),
      wanted: () => this.listenerCount("samples") > 0,
      record: record,
    };
  }

  #tell(message: GatewayMessage): void {
    this.#history.take(message);
    for (const sink of this.#sinks) sink.take(message);
    this.emit("message", message);
  }

  /** @param more listeners that are about to be added */
  #listen(name: unknown, more: number): void {
    if (name !== "samples") return;
    const wanted = this.listenerCount("samples") + more > 0;
    for (const keeper of this.#wearers.values()) keeper.listen(wanted);
  }
}

/** What cannot change while a source is open. */
function sourceOf({ source, record, silence }: WearerSettings): object {
  return { source, record, silence };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
