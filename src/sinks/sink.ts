import type { Prediction, Unpredicted } from "../engine/types.js";
import type { Forgotten } from "../store/forget/forgotten.js";
import type { LinkReport, LinkState } from "../stream/feed.js";

/** What every message of a gateway carries. */
interface MessageBase {
  /** The same wherever this message is seen, and no other's: who gets it twice can tell (UUID version 7). */
  readonly id: string;
  /** When it was made, epoch ms. */
  readonly at: number;
  /** Pseudonymous id of the wearer whom it is about. */
  readonly wearer: string;
}

/** An answer of a model, or why there was none. */
export type AnswerMessage = MessageBase & { readonly bundle: string } & (Prediction | Unpredicted);

/** A change of the state of a wearer's source. */
export interface LinkMessage extends MessageBase {
  readonly type: "link";
  readonly source: string;
  /** `waiting`: the device is not there, or did not answer, and is tried again. */
  readonly state: LinkState | "waiting";
  readonly reason: string | undefined;
  readonly link: LinkReport | undefined;
}

/** A moment that somebody, or the device, has marked. */
export interface MarkerMessage extends MessageBase {
  readonly type: "marker";
  readonly name: string;
  readonly by: string;
}

/** Predictions or hops that were lost, since when and why; sent when it begins and each minute while it lasts. */
export interface OverloadMessage extends MessageBase {
  readonly type: "overload";
  readonly bundle: string;
  /** Hops left out since the last such message, and since the source was opened. */
  readonly skippedHops: number;
  readonly skippedInAll: number;
}

/** What a gateway tells its sinks, its history and its page. */
export type GatewayMessage = AnswerMessage | LinkMessage | MarkerMessage | OverloadMessage;

/** How a sink is doing. */
export interface SinkReport {
  readonly name: string;
  readonly state: "connecting" | "open" | "waiting" | "failed" | "closed";
  /** What is wrong, in a sentence; undefined while it is open. */
  readonly reason: string | undefined;
  /** Messages handed over, delivered (the other side has said so, where it says so), waiting, and lost. */
  readonly taken: number;
  readonly delivered: number;
  readonly waiting: number;
  readonly lost: number;
  /** How often it was open and then was not. */
  readonly interruptions: number;
}

/** What a sink has removed of a wearer. */
export interface SinkForgotten extends Forgotten {
  /** Where there is a broker that keeps messages: whether it has removed them. One that is not reached is asked when it is. */
  readonly broker?: "cleared" | "nothing" | "unreachable";
}

/** Where messages go. It never throws, never blocks and never slows inference: what it cannot deliver waits or is counted. */
export interface Sink {
  take(message: GatewayMessage): void;
  report(): SinkReport;
  /** All wearers that there are: what the other side keeps of others, such as retained messages, is removed. */
  wearers?(ids: readonly string[]): void;
  /**
   * Removes what is kept of a wearer who is measured no more: what waits, files, and what the other side can be asked to remove.
   *
   * @throws BioxError FILE_UNREADABLE, FILE_UNWRITABLE where a disk does not take it; it can be asked again
   */
  forget?(wearer: string): Promise<SinkForgotten>;
  /** Delivers what it can within `ms`, keeps what it may keep, and frees everything. Never rejects. */
  close(ms: number): Promise<void>;
}
