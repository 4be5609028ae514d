import type { QueueEntry, QueueLimits } from "./entry.js";

/** What a thread that keeps a queue's database starts with. */
export interface StoreStart {
  readonly path: string;
  readonly limits: QueueLimits;
}

/** One thing to do; `now` is epoch ms. */
export type StoreRequest =
  | { type: "write"; insert: readonly QueueEntry[]; remove: readonly number[]; now: number }
  | { type: "read"; after: number; most: number }
  | { type: "forget"; wearer: string };

/** What a database holds. */
export interface Held {
  readonly messages: number;
  readonly bytes: number;
  /** Number of the newest message that it has held; 0 where there was none. */
  readonly last: number;
}

/** The answer to each request, and to the start. */
export interface StoreAnswer {
  readonly held: Held;
  /** Numbers of messages that a limit has removed. */
  readonly dropped?: readonly number[];
  readonly entries?: readonly QueueEntry[];
  /** Messages of a wearer that were removed. */
  readonly forgotten?: number;
}
