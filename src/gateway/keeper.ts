import { BackOff } from "../back-off.js";
import { messageId } from "../sinks/message-id.js";
import type { GatewayMessage, LinkMessage } from "../sinks/sink.js";
import { type LinkReport, now } from "../stream/feed.js";
import { openSource, type SourceOptions } from "../stream/open-source.js";
import type { Source } from "../stream/source.js";
import type { SampleEvent } from "../stream/source-events.js";
import { BundleRun } from "./bundle-run.js";
import type { WearerSettings } from "./config/settings.js";
import type { HostedBundle } from "./hosted-bundle.js";
import { linkTotal } from "./link-total.js";
import { LinkWatch } from "./link-watch.js";
import type { Log } from "./log.js";
import type { HotPlug } from "./ports/hot-plug.js";
import { PortLocator } from "./ports/port-locator.js";
import type { PortRegistry } from "./ports/port-registry.js";
import { type WantedSource, wantedSource } from "./ports/wanted-source.js";
import type { GatewayEvents, WearerStatus } from "./types.js";
import { waitFor } from "./wait-for.js";

/** What records a wearer; see wearer-recorder.ts. */
export interface Recorder {
  /** For `openSource`. */
  readonly options: Required<Pick<SourceOptions, "onChunk" | "onSource">>;
  /** Path of the file under way. */
  readonly path: string | undefined;
  /** The source is open. */
  begin(source: Source): void;
  /** Puts a marker into the recording. @param at epoch ms */
  mark(name: string, by: string, at: number): void;
  /** Brings everything to the disk. */
  close(): Promise<void>;
}

/** What the keepers of all wearers share. */
export interface Household {
  readonly ports: PortRegistry;
  readonly hotPlug: HotPlug;
  readonly log: Log;
  bundle(name: string): HostedBundle | undefined;
  tell(message: GatewayMessage): void;
  gap(...args: GatewayEvents["gap"]): void;
  account(wearer: string): void;
  samples(wearer: string, event: SampleEvent): void;
  /** Whether anybody wants samples. */
  wanted(): boolean;
  /** A recorder for a source that is about to be opened; undefined where nothing is recorded. */
  readonly record: ((wearer: WearerSettings, uri: string) => Recorder) | undefined;
}

/** Keeps one wearer's source open, whatever happens to it, and its bundles running. What goes wrong with it is its own. */
export class WearerKeeper {
  #settings: WearerSettings;
  #state: LinkMessage["state"] = "waiting";
  #reason: string | undefined = "it is being opened";
  #since = Date.now();
  #source: Source | undefined;
  #recorder: Recorder | undefined;
  #runs: BundleRun[] = [];
  #port: string | undefined;
  #streams: WearerStatus["streams"] = [];
  #battery: number | null = null;
  #opened = 0;
  #tried = false;
  /** Of sources before the present one. */
  #past: { samples: number; lost: number; link: LinkReport | undefined } = { samples: 0, lost: 0, link: undefined };
  #silence: NodeJS.Timeout | undefined;
  #plugged = (): void => {};
  readonly #watch: LinkWatch;
  readonly #wanted: WantedSource;
  readonly #locator: PortLocator;
  readonly #backOff = new BackOff();
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(
    settings: WearerSettings,
    private readonly house: Household,
  ) {
    this.#settings = settings;
    this.#wanted = wantedSource(settings.source);
    this.#locator = new PortLocator(settings.id, this.#wanted, house.ports);
    this.#watch = new LinkWatch(settings.id, () => this.#source?.link, house.log);
    this.#ended = this.#keep();
  }

  get settings(): WearerSettings {
    return this.#settings;
  }

  /** Whether its source has been opened, or could not be, once. */
  get tried(): boolean {
    return this.#tried;
  }

  get status(): WearerStatus {
    const { samples, lost } = this.#source?.stats ?? { samples: 0, lost: 0 };
    const link = this.#source ? linkTotal(this.#past.link, this.#source.link) : this.#past.link;
    const ages = (this.#source?.rings ?? []).map(({ ageMs }) => ageMs).filter((ms) => ms !== null);
    return {
      id: this.#settings.id,
      source: this.#settings.source,
      port: this.#port,
      state: this.#state,
      reason: this.#reason,
      since: this.#since,
      streams: this.#streams,
      ageMs: ages.length > 0 ? Math.min(...ages) : null,
      battery: this.#battery,
      bundles: this.#runs.map((run) => run.status),
      recording: this.#recorder?.path,
      opened: this.#opened,
      link,
      reopened: Math.max(0, this.#opened - 1) + (link?.reconnects ?? 0),
      samples: this.#past.samples + samples,
      lost: this.#past.lost + lost,
    };
  }

  /** Goes on with other bundles or another hop; the source stays open and loses nothing. */
  async change(settings: WearerSettings): Promise<void> {
    this.#settings = settings;
    await this.restart();
  }

  /** Begins its runs anew, after their bundles have changed. */
  async restart(): Promise<void> {
    const runs = this.#runs;
    this.#runs = [];
    await Promise.all(runs.map((run) => run.close()));
    if (this.#source && !this.#source.finished) this.#startRuns(this.#source);
  }

  /** Marks this moment; the time that recording and message have of it, epoch ms. */
  mark(name: string, by: string): number {
    const at = Math.round(now());
    this.#recorder?.mark(name, by, at);
    this.#tellMarker(name, by, at);
    return at;
  }

  /** Told when somebody begins, or nobody is left, to listen to samples. */
  listen(wanted: boolean): void {
    this.#source?.off("samples", this.#onSamples);
    if (wanted) this.#source?.on("samples", this.#onSamples);
  }

  close(): Promise<void> {
    this.#stop.abort();
    return this.#ended;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    const { hotPlug, ports } = this.house;
    const deafen = hotPlug.listen(() => {
      this.#backOff.reset();
      this.#plugged();
    }, this.#wanted.path);
    while (!signal.aborted) {
      const source = await this.#open();
      this.#tried = true;
      if (source) await this.#use(source);
      if (source && !source.failure && this.#wanted.kind === "replay") break;
      if (!signal.aborted) await this.#due();
    }
    deafen();
    this.#watch.close();
    ports.release(this.#settings.id);
    if (signal.aborted) this.#change("closed", undefined);
  }

  /** Waits until another attempt is due, or something was plugged in. */
  #due(): Promise<void> {
    return waitFor(this.#backOff.next(), this.#stop.signal, (wake) => {
      this.#plugged = wake;
      return () => {
        this.#plugged = (): void => {};
      };
    });
  }

  /** @returns undefined where it cannot be opened now; the state says why */
  async #open(): Promise<Source | undefined> {
    const { signal } = this.#stop;
    try {
      let uri = this.#wanted.uri;
      if (this.#wanted.kind === "serial") {
        const path = await this.#locate();
        if (path === undefined) return this.#wait(this.#locator.reason);
        uri = this.#wanted.at(path);
      }
      const { record } = this.#settings;
      this.#recorder = record && this.#wanted.kind !== "replay" ? this.house.record?.(this.#settings, uri) : undefined;
      const source = await openSource(uri, {
        signal,
        ...(this.#recorder ? { onChunk: this.#recorder.options.onChunk } : {}),
        onSource: (opening) => {
          this.#recorder?.options.onSource(opening);
          this.#listenTo(opening);
        },
        finder: { locate: () => this.#locate(), due: () => this.#due() },
      });
      this.#backOff.succeeded();
      return source;
    } catch (cause) {
      await this.#recorder?.close();
      this.#recorder = undefined;
      this.house.ports.release(this.#settings.id);
      return this.#wait(cause instanceof Error ? cause.message : String(cause));
    }
  }

  async #locate(): Promise<string | undefined> {
    const path = await this.#locator.locate();
    this.#port = path;
    if (path === undefined && this.#state === "reconnecting") this.#change("reconnecting", this.#locator.reason);
    return path;
  }

  #wait(reason: string | undefined): undefined {
    if (!this.#stop.signal.aborted) this.#change("waiting", reason);
    return undefined;
  }

  /** Runs a source to its end. */
  async #use(source: Source): Promise<void> {
    this.#source = source;
    this.#opened++;
    this.#streams = source.streams.map(({ id, name, rate, channels }) => ({ id, name, rate, channels }));
    this.#recorder?.begin(source);
    this.listen(this.house.wanted());
    this.#change("open", undefined);
    this.#startRuns(source);
    await this.#end(source);
    clearTimeout(this.#silence);
    this.#watch.flush();
    const runs = this.#runs;
    // A recording does not wait for a window under way.
    await Promise.all([...runs.map((run) => run.close()), source.close().then(() => this.#recorder?.close())]);
    this.#recorder = undefined;
    this.house.ports.release(this.#settings.id);
    const { samples, lost } = source.stats;
    const link = linkTotal(this.#past.link, source.link);
    this.#past = { samples: this.#past.samples + samples, lost: this.#past.lost + lost, link };
    this.#source = undefined;
    if (this.#stop.signal.aborted) return;
    if (this.#wanted.kind === "replay" && !source.failure) this.#change("closed", "the recording has been played");
    else if (this.#state !== "waiting") this.#wait(source.failure?.message ?? "the source has ended");
  }

  /** Resolves when a source has ended, is to be opened anew, or the wearer is closed. */
  #end(source: Source): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#stop;
      const done = (): void => {
        signal.removeEventListener("abort", done);
        source.off("end", done).off("link", onLink);
        resolve();
      };
      const onLink = ({ state }: { state: string }): void => {
        if (state !== "silent") {
          clearTimeout(this.#silence);
          this.#silence = undefined;
          return;
        }
        this.#silence ??= setTimeout(() => {
          this.#silence = undefined;
          this.#wait(`no samples for ${this.#settings.silence} s: it is closed and opened again`);
          done();
        }, this.#settings.silence * 1000);
      };
      source.once("end", done).on("link", onLink);
      signal.addEventListener("abort", done, { once: true });
      if (source.finished || signal.aborted) done();
    });
  }

  #startRuns(source: Source): void {
    const { id, bundles, hop } = this.#settings;
    const { log } = this.house;
    const tell = (message: GatewayMessage): void => this.house.tell(message);
    const onAccount = (): void => this.house.account(id);
    this.#runs = bundles.flatMap((name) => {
      const bundle = this.house.bundle(name);
      return bundle ? [new BundleRun(id, bundle, source, hop, tell, log, onAccount)] : [];
    });
  }

  #listenTo(source: Source): void {
    source.on("link", ({ state, reason }) => this.#change(state, reason));
    source.on("gap", (gap) => this.house.gap(this.#settings.id, gap));
    source.on("status", ({ data }) => {
      const { batteryPercent } = data;
      if (typeof batteryPercent === "number") this.#battery = Math.min(1, Math.max(0, batteryPercent / 100));
    });
    source.on("device", ({ name, data, at }) => {
      this.#tellMarker(typeof data.name === "string" ? data.name : name, "device", at);
    });
    source.on("warning", ({ message }) => this.house.log.warn({ wearer: this.#settings.id }, message));
  }

  readonly #onSamples = (event: SampleEvent): void => this.house.samples(this.#settings.id, event);

  #tellMarker(name: string, by: string, at: number): void {
    this.house.tell({ id: messageId(at), at, wearer: this.#settings.id, type: "marker", name, by });
  }

  /** Takes on a state, and says so where it is another, or for another reason. */
  #change(state: LinkMessage["state"], reason: string | undefined): void {
    if (state === this.#state && reason === this.#reason) return;
    if (state !== this.#state) this.#since = Date.now();
    this.#state = state;
    this.#reason = reason;
    const { id: wearer, source } = this.#settings;
    const at = Date.now();
    const link = this.#source?.link;
    this.house.tell({ id: messageId(at), at, wearer, type: "link", source, state, reason, link });
    const facts = { wearer, state, reason, port: this.#port };
    if (state === "open" || state === "closed") this.house.log.info(facts, `source is ${state}`);
    else this.house.log.warn(facts, `source is ${state}`);
  }
}
