import type { OpenSink } from "../sinks/create-sink.js";
import type { GatewayMessage, Sink, SinkForgotten, SinkReport } from "../sinks/sink.js";
import { NOTHING } from "../store/forget/forgotten.js";

/** How long a sink that is exchanged may deliver what waits in memory, ms. */
const FLUSH_MS = 800;

/** A sink that can be exchanged for another one of its name, which takes up its queue. Messages that come in between wait for it. */
export class SwitchableSink implements Sink {
  #sink: Sink;
  #open: OpenSink;
  #waiting: GatewayMessage[] | undefined;
  #work: Promise<void> = Promise.resolve();

  private constructor(sink: Sink, open: OpenSink) {
    this.#sink = sink;
    this.#open = open;
  }

  static async open(open: OpenSink): Promise<SwitchableSink> {
    return new SwitchableSink(await open(), open);
  }

  /**
   * Goes on with another sink; where that cannot be opened, with the one that there was.
   *
   * @returns what opens the one that there was
   * @throws BioxError as `open`
   */
  async exchange(open: OpenSink): Promise<OpenSink> {
    const before = this.#open;
    const done = this.#work.then(() => this.#exchange(open));
    this.#work = done.catch(() => {});
    await done;
    return before;
  }

  take(message: GatewayMessage): void {
    if (this.#waiting) this.#waiting.push(message);
    else this.#sink.take(message);
  }

  report(): SinkReport {
    const report = this.#sink.report();
    const { length = 0 } = this.#waiting ?? [];
    return { ...report, taken: report.taken + length, waiting: report.waiting + length };
  }

  wearers(ids: readonly string[]): void {
    this.#sink.wearers?.(ids);
  }

  async forget(wearer: string): Promise<SinkForgotten> {
    await this.#work;
    return (await this.#sink.forget?.(wearer)) ?? NOTHING;
  }

  async close(ms: number): Promise<void> {
    await this.#work;
    await this.#sink.close(ms);
  }

  async #exchange(open: OpenSink): Promise<void> {
    const waiting: GatewayMessage[] = [];
    this.#waiting = waiting;
    try {
      await this.#sink.close(FLUSH_MS);
      try {
        this.#sink = await open();
        this.#open = open;
      } catch (cause) {
        this.#sink = await this.#open();
        throw cause;
      }
    } finally {
      this.#waiting = undefined;
      for (const message of waiting) this.#sink.take(message);
    }
  }
}
