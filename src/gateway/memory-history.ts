import type { GatewayMessage } from "../sinks/sink.js";
import { type Forgotten, NOTHING } from "../store/forget/forgotten.js";

/** What was told, to be asked for later. */
export interface HistoryStore {
  take(message: GatewayMessage): void;
  /** The newest `limit` by their time, of one time those that were told later first; `from` and `to` are included. */
  query(
    wearer: string,
    query: { from?: number; to?: number; limit: number },
  ): readonly GatewayMessage[] | Promise<readonly GatewayMessage[]>;
  /** Removes everything of a wearer, and resolves with what that was. */
  forget(wearer: string): Promise<Forgotten>;
  close(): Promise<void> | void;
}

/** Messages that are kept of each wearer: an hour at a hop of 2 s, some 2 MB. */
const MOST = 2000;

/** The newest messages of each wearer, while the gateway runs. */
export class MemoryHistory implements HistoryStore {
  readonly #messages = new Map<string, GatewayMessage[]>();

  take(message: GatewayMessage): void {
    const kept = this.#messages.get(message.wearer) ?? [];
    this.#messages.set(message.wearer, kept);
    kept.push(message);
    // Cut seldom: taking one off the front of a list each time would move all others.
    if (kept.length >= 2 * MOST) kept.splice(0, MOST);
  }

  query(
    wearer: string,
    { from = 0, to = Number.POSITIVE_INFINITY, limit }: { from?: number; to?: number; limit: number },
  ) {
    const kept = this.#messages.get(wearer) ?? [];
    // A clock that was set has later messages of an earlier time. Sorting is stable, so of one time the later come first.
    return kept
      .filter(({ at }) => at >= from && at <= to)
      .reverse()
      .sort((a, b) => b.at - a.at)
      .slice(0, limit);
  }

  async forget(wearer: string): Promise<Forgotten> {
    // They are on no disk, of which a report could tell.
    this.#messages.delete(wearer);
    return NOTHING;
  }

  close(): void {
    this.#messages.clear();
  }
}
