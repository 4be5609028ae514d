import { type ConsumerMessages, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { RESULTS_STREAM, resultSubject } from "./subjects.js";

/** How long the broker may leave a request for results open, ms; it then says that it is still there. */
const PATIENCE_MS = 10_000;

/** Reads the results of one gateway, each once, over connections that come and go. */
export class ResultReader {
  /** Of the newest result that was read, in the broker's count; undefined before the first connection. */
  private read: number | undefined;
  private messages: ConsumerMessages | undefined;

  constructor(
    private readonly gateway: string,
    private readonly take: (data: Uint8Array) => void,
  ) {}

  /**
   * Goes on over a new connection, or one that is open again.
   *
   * @param newest number of the newest result that the broker has
   */
  async follow(nats: NatsConnection, newest: number): Promise<void> {
    await this.close();
    // What was there before the gateway began is not its own. A broker that has lost its memory counts from 1 again.
    this.read ??= newest;
    if (newest < this.read) this.read = 0;
    const consumer = await jetstream(nats).consumers.get(RESULTS_STREAM, {
      filter_subjects: resultSubject({ gateway: this.gateway, wearer: "*" }),
      opt_start_seq: this.read + 1,
      deliver_policy: "by_start_sequence",
    });
    const messages = await consumer.consume({
      expires: PATIENCE_MS,
      callback: (message) => {
        this.read = Math.max(this.read!, message.seq);
        this.take(message.data);
      },
    });
    this.messages = messages;
  }

  async close(): Promise<void> {
    const { messages } = this;
    this.messages = undefined;
    await messages?.close().catch(() => undefined);
  }
}
