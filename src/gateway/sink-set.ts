import type { SinkContext } from "../sinks/context.js";
import { createSink } from "../sinks/create-sink.js";
import type { SinkSettings } from "../sinks/settings.js";
import type { Sink } from "../sinks/sink.js";

/** How long a sink that is taken out may deliver what waits in memory, ms. */
const FLUSH_MS = 800;

interface Open {
  readonly settings: string;
  readonly sink: Sink;
}

/** The sinks of a configuration: of another configuration, those that are the same stay open. */
export class SinkSet {
  #open = new Map<string, Open>();

  constructor(private readonly context: SinkContext) {}

  get sinks(): readonly Sink[] {
    return [...this.#open.values()].map(({ sink }) => sink);
  }

  /**
   * Opens what is new and closes what is gone. Where one cannot be opened nothing changes.
   *
   * @param use is given the sinks before those that are gone are closed
   * @throws BioxError as `createSink`
   */
  async change(wanted: readonly SinkSettings[], use: (sinks: readonly Sink[]) => Promise<void>): Promise<void> {
    const next = new Map<string, Open>();
    const opened: Sink[] = [];
    // Two sinks must not have one queue: what has changed is closed before it is opened anew, and takes its queue up again.
    const gone = [...this.#open].filter(
      ([name, { settings }]) => !wanted.some((w) => w.name === name && JSON.stringify(w) === settings),
    );
    const replaced = gone.filter(([name]) => wanted.some((w) => w.name === name));
    try {
      for (const settings of wanted) {
        const text = JSON.stringify(settings);
        const kept = this.#open.get(settings.name);
        if (kept?.settings === text) next.set(settings.name, kept);
        else {
          if (replaced.some(([name]) => name === settings.name)) await kept!.sink.close(FLUSH_MS);
          const sink = await createSink(settings, this.context);
          opened.push(sink);
          next.set(settings.name, { settings: text, sink });
        }
      }
    } catch (cause) {
      await Promise.all(opened.map((sink) => sink.close(0)));
      throw cause;
    }
    this.#open = next;
    await use(this.sinks);
    await Promise.all(gone.filter((entry) => !replaced.includes(entry)).map(([, { sink }]) => sink.close(FLUSH_MS)));
  }
}
