import type { GatewayMessage } from "../sinks/sink.js";

/** What was told, to be asked for later. */
export interface HistoryStore {
  take(message: GatewayMessage): void;
  /** Newest first. */
  query(
    wearer: string,
    query: { from?: number; to?: number; limit: number },
  ): readonly GatewayMessage[] | Promise<readonly GatewayMessage[]>;
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
    const found: GatewayMessage[] = [];
    const kept = this.#messages.get(wearer) ?? [];
    for (let i = kept.length - 1; i >= 0 && found.length < limit; i--) {
      const message = kept[i]!;
      if (message.at >= from && message.at <= to) found.push(message);
    }
    return found;
  }

  close(): void {
    this.#messages.clear();
  }
}
