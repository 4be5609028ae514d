import type { SinkContext } from "../sinks/context.js";
import { prepareSink } from "../sinks/create-sink.js";
import type { SinkSettings } from "../sinks/settings.js";
import type { Sink } from "../sinks/sink.js";
import { SwitchableSink } from "./switchable-sink.js";

/** How long a sink that is taken out may deliver what waits in memory, ms. */
const FLUSH_MS = 800;

interface Open {
  /** Its settings as JSON. */
  readonly text: string;
  readonly sink: SwitchableSink;
}

/** The sinks of a configuration: of another configuration, those that are the same stay open. */
export class SinkSet {
  #open = new Map<string, Open>();

  constructor(private readonly context: SinkContext) {}

  get sinks(): readonly Sink[] {
    return [...this.#open.values()].map(({ sink }) => sink);
  }

  /**
   * Opens what is new, exchanges what is another, and closes what is gone. Where one cannot be opened all goes on as it was.
   *
   * @param use is given the sinks before those that are gone are closed
   * @throws BioxError as `prepareSink`, and what it gives
   */
  async change(wanted: readonly SinkSettings[], use: (sinks: readonly Sink[]) => Promise<void>): Promise<void> {
    const fresh = wanted.filter((settings) => this.#open.get(settings.name)?.text !== JSON.stringify(settings));
    // What their settings name is read before anything is touched.
    const openers = await Promise.all(fresh.map((settings) => prepareSink(settings, this.context)));
    const next = new Map(this.#open);
    const undo: (() => Promise<unknown>)[] = [];
    try {
      for (const [i, settings] of fresh.entries()) {
        const { name } = settings;
        const open = openers[i]!;
        const before = this.#open.get(name)?.sink;
        const sink = before ?? (await SwitchableSink.open(open));
        if (before) {
          const old = await before.exchange(open);
          undo.push(() => before.exchange(old));
        } else undo.push(() => sink.close(0));
        next.set(name, { text: JSON.stringify(settings), sink });
      }
    } catch (cause) {
      for (const step of undo.reverse()) await step();
      throw cause;
    }
    const gone = [...this.#open].filter(([name]) => !wanted.some((settings) => settings.name === name));
    // In the order of the configuration, as they are listed.
    this.#open = new Map(wanted.map(({ name }) => [name, next.get(name)!]));
    await use(this.sinks);
    await Promise.all(gone.map(([, { sink }]) => sink.close(FLUSH_MS)));
  }
}
