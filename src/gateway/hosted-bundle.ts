import { BackOff } from "../back-off.js";
import type { Bundle } from "../bundle/index.js";
import type { BundleSettings } from "./config/settings.js";
import type { Log } from "./log.js";
import type { Runner } from "./runner.js";
import type { BundleStatus } from "./types.js";
import { waitFor } from "./wait-for.js";

/** How a bundle is read, and what runs it. */
export interface BundleLoader {
  /** Reads and checks it. @throws BioxError as `loadBundle`; it is tried again later */
  load(name: string, settings: BundleSettings): Promise<Bundle>;
  /** Starts what runs it. @throws BioxError as `createEngine`; it is tried again later */
  run(name: string, bundle: Bundle, settings: BundleSettings): Promise<Runner>;
}

/** A bundle with what runs it: loaded again, and its engines started again, at growing intervals, where that fails. */
export class HostedBundle {
  #bundle: Bundle | undefined;
  #runner: Runner | undefined;
  #failure: string | undefined = "it is being loaded";
  #failures = 0;
  #restoring: Promise<void> | undefined;
  #tried = false;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<() => void>();
  readonly #backOff = new BackOff();
  readonly #working: Promise<void>;

  constructor(
    readonly name: string,
    readonly settings: BundleSettings,
    private readonly loader: BundleLoader,
    private readonly log: Log,
  ) {
    this.#working = this.#load();
  }

  /** Whether it was loaded, or has failed once. */
  get tried(): boolean {
    return this.#tried;
  }

  /** Seconds between two windows where a wearer does not say otherwise. */
  get hop(): number {
    return this.#bundle?.manifest.window.hop ?? Number.NaN;
  }

  get status(): BundleStatus {
    const { name, settings } = this;
    return {
      name,
      path: settings.path,
      task: this.#bundle?.manifest.task ?? "",
      labels: this.#bundle?.manifest.labels ?? [],
      engine: this.#runner?.info,
      failure: this.#failure,
      failures: this.#failures,
    };
  }

  /** What runs it, once there is something; undefined where `signal` aborts before, or the bundle is closed. */
  async ready(signal: AbortSignal): Promise<Runner | undefined> {
    while (!signal.aborted && !this.#closing.signal.aborted) {
      if (this.#runner && !this.#restoring) return this.#runner;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    }
    return undefined;
  }

  /** What runs it, if there is something now. */
  get runner(): Runner | undefined {
    return this.#runner;
  }

  /** An engine of it has died: it is started again. Told by each wearer whose run ended with it. */
  failed(error: Error): void {
    this.#restoring ??= this.#restore(error).finally(() => {
      this.#restoring = undefined;
      this.#wake();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    // A model that is being loaded must not be left behind: it computes.
    await this.#working;
    await this.#restoring;
    await this.#runner?.close();
  }

  async #load(): Promise<void> {
    await this.#again(async () => {
      this.#bundle ??= await this.loader.load(this.name, this.settings);
      this.#runner = await this.loader.run(this.name, this.#bundle, this.settings);
      this.log.info({ bundle: this.name, loadMs: Math.round(this.#runner.info.loadMs) }, "bundle is loaded");
    }, "bundle cannot be run");
    this.#wake();
  }

  async #restore(error: Error): Promise<void> {
    this.#failure = error.message;
    this.#failures++;
    this.log.error({ bundle: this.name, reason: error.message }, "engine has failed");
    await waitFor(this.#backOff.next(), this.#closing.signal);
    await this.#again(async () => {
      await this.#runner!.restore();
      this.log.info({ bundle: this.name }, "engine runs again");
    }, "engine cannot be started again");
  }

  /** Does something until it works, or the bundle is closed. */
  async #again(action: () => Promise<void>, sentence: string): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await action();
        this.#failure = undefined;
        this.#tried = true;
        this.#backOff.succeeded();
        return;
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        this.#failure = reason;
        this.#failures++;
        this.#tried = true;
        const ms = this.#backOff.next();
        this.log.error({ bundle: this.name, reason, againInMs: Math.round(ms) }, sentence);
        await waitFor(ms, this.#closing.signal);
      }
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
