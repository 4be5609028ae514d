import type { QualityReason } from "../../quality/index.js";
import { messageId } from "../message-id.js";
import type { GatewayMessage } from "../sink.js";

/** How far the signal of a wearer can be trusted from now on. */
export interface QualityMessage {
  readonly id: string;
  readonly at: number;
  readonly wearer: string;
  readonly bundle: string;
  readonly type: "quality";
  readonly t: readonly [number, number];
  readonly quality: number;
  readonly reasons: readonly QualityReason[];
  readonly reliable: boolean;
  readonly pulseRate: number | null;
}

/** What a sink sends on: what a gateway tells, and the changes of quality. */
export type SentMessage = GatewayMessage | QualityMessage;

/** Makes of predictions a message whenever `reliable` or `reasons` are others than before. */
export class QualityChanges {
  private readonly known = new Map<string, string>();

  of(message: GatewayMessage): QualityMessage | undefined {
    if (message.type !== "prediction") return undefined;
    const { at, wearer, bundle, t, quality, reasons, reliable, pulseRate } = message;
    const key = `${wearer}/${bundle}`;
    const state = JSON.stringify([reliable, [...reasons].sort()]);
    if (this.known.get(key) === state) return undefined;
    this.known.set(key, state);
    return { id: messageId(at), at, wearer, bundle, type: "quality", t, quality, reasons, reliable, pulseRate };
  }

  forget(wearer: string): void {
    for (const key of this.known.keys()) if (key.startsWith(`${wearer}/`)) this.known.delete(key);
  }
}
