/** One message as it waits. */
export interface QueueEntry {
  /** Place in the queue: above that of every message before it. */
  readonly seq: number;
  readonly id: string;
  readonly wearer: string;
  /** When it was made, epoch ms. */
  readonly at: number;
  readonly body: string;
}

/** What may wait; beyond it the oldest go first, and are counted as lost. */
export interface QueueLimits {
  readonly messages: number;
  /** Of the bodies, as UTF-8. */
  readonly bytes: number;
  readonly ageMs: number;
}
