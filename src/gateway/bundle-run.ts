import type { Summary } from "../engine/types.js";
import { messageId } from "../sinks/message-id.js";
import type { AnswerMessage, GatewayMessage } from "../sinks/sink.js";
import type { Source } from "../stream/source.js";
import type { HostedBundle } from "./hosted-bundle.js";
import type { Log } from "./log.js";
import type { Runner } from "./runner.js";
import type { WearerStatus } from "./types.js";
import { waitFor } from "./wait-for.js";

/** A run that has ended, though its source has not, is begun anew after this, ms. */
const AGAIN_MS = 500;
/** How often it is looked whether hops were left out, and how often that is told while it lasts, ms. */
const LOOK_MS = 1000;
const TELL_MS = 60_000;

/** Of this process, over all wearers. */
let runs = 0;

/** One bundle over one wearer's source, for as long as that is open. */
export class BundleRun {
  #latest: AnswerMessage | undefined;
  #failure: string | undefined;
  #runner: Runner | undefined;
  #summary: Summary | undefined;
  #number = 0;
  /** Hops that runs of this source before the present one have left out, and how many of all have been told. */
  #skippedBefore = 0;
  #told = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(
    private readonly wearer: string,
    private readonly bundle: HostedBundle,
    private readonly source: Source,
    private readonly hop: number | undefined,
    private readonly tell: (message: GatewayMessage) => void,
    private readonly log: Log,
    /** Told when the account of a run is final. */
    private readonly onAccount: () => void,
  ) {
    this.#ended = this.#run();
  }

  get status(): WearerStatus["bundles"][number] {
    return {
      name: this.bundle.name,
      hop: this.hop ?? this.bundle.hop,
      latest: this.#latest,
      summary: this.#runner?.summary(this.source) ?? this.#summary,
      run: this.#number,
      failure: this.#failure,
    };
  }

  /** Ends it, once the window under way is done. */
  close(): Promise<void> {
    this.#stop.abort();
    return this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const look = setInterval(() => this.#lookForOverload(), LOOK_MS);
    while (!signal.aborted && !this.source.finished) {
      const runner = await this.bundle.ready(signal);
      if (!runner) break;
      if (!(await this.#runOnce(runner))) break;
      await waitFor(AGAIN_MS, signal);
    }
    clearInterval(look);
  }

  /** @returns whether it is worth another try */
  async #runOnce(runner: Runner): Promise<boolean> {
    const { source, hop } = this;
    const { signal } = this.#stop;
    const onAnswer = (answer: Parameters<typeof this.take>[0], of: Source): void => {
      if (of === source) this.take(answer);
    };
    runner.on("prediction", onAnswer).on("unpredicted", onAnswer);
    this.#runner = runner;
    this.#number = ++runs;
    try {
      const options = { signal, wearer: this.wearer, ...(hop === undefined ? {} : { hop }) };
      for await (const _ of runner.run(source, options)) this.#failure = undefined;
      return !source.finished;
    } catch (cause) {
      if (signal.aborted || cause === source.failure) return false;
      return this.#failed(cause);
    } finally {
      runner.off("prediction", onAnswer).off("unpredicted", onAnswer);
      this.#summary = runner.summary(source);
      this.#skippedBefore += this.#summary?.skippedHops ?? 0;
      this.#runner = undefined;
      this.onAccount();
    }
  }

  #failed(cause: unknown): boolean {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const facts = { wearer: this.wearer, bundle: this.bundle.name, reason: error.message };
    this.#failure = error.message;
    const died = "code" in error && error.code === "ENGINE_FAILED";
    if (died) this.bundle.failed(error);
    else this.log.error(facts, "bundle does not fit this wearer");
    return died;
  }

  private take(answer: Omit<AnswerMessage, "id" | "at" | "wearer" | "bundle">): void {
    const at = Date.now();
    this.#latest = { id: messageId(at), at, wearer: this.wearer, bundle: this.bundle.name, ...answer } as AnswerMessage;
    this.tell(this.#latest);
  }

  /** Says that hops are left out: when it begins, and once a minute while it goes on. */
  #lookForOverload(): void {
    const skippedInAll = this.#skippedBefore + (this.#runner?.summary(this.source)?.skippedHops ?? 0);
    const skippedHops = skippedInAll - this.#told;
    const now = performance.now();
    if (skippedHops <= 0 || now - this.#toldAt < TELL_MS) return;
    this.#told = skippedInAll;
    this.#toldAt = now;
    const { wearer } = this;
    const bundle = this.bundle.name;
    const at = Date.now();
    this.tell({ id: messageId(at), at, wearer, type: "overload", bundle, skippedHops, skippedInAll });
    this.log.warn({ wearer, bundle, skippedHops, skippedInAll }, "hops are left out: the engine does not keep up");
  }
}
