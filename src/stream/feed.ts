/**
 * Where messages of a device come from: a serial port, a recording of one, a table of numbers, or the emulator. Whatever the feed,
 * the same messages leave it in the same order.
 */

import type { DeviceMessage, LinkStats } from "../devices/types.js";

/** `silent`: the port is open, but no samples come any more. */
export type LinkState = "open" | "silent" | "reconnecting" | "closed";

/** Whether the port hands over bytes at once, or gathers them for up to 16 ms as USB adapters do unless told otherwise. */
export type LowLatency = "on" | "off" | "unsupported";

export interface LinkReport extends LinkStats {
  state: LinkState;
  reconnects: number;
  /** How often a device that had stalled was asked to start again. */
  startsRepeated: number;
  lowLatency: LowLatency;
}

export interface FeedHandlers {
  /**
   * @param arrival epoch ms at which the bytes of the message arrived when they were measured: now, or in a replay then
   * @param received epoch ms at which they came in now; latency counts from here
   */
  message(message: DeviceMessage, arrival: number, received: number): void;
  /** Bytes as they came, before any decoding. */
  chunk?(bytes: Uint8Array, arrival: number): void;
  link(state: LinkState, reason: string | undefined): void;
  /** Something is wrong of which the rest can be used: a sentence. */
  warning(message: string): void;
  /** No more will come; `error` when that is because something broke. */
  end(error?: Error): void;
}

export interface Feed {
  /** Begins to deliver. Rejects with a BioxError when that is not possible; nothing is delivered after `close`. */
  open(handlers: FeedHandlers): Promise<void>;
  close(): Promise<void>;
  report(): LinkReport;
  /** Has the device describe itself once more, where it can while it streams. */
  describe?(): void;
}

/** Counters of two connections together. */
export function sumLinks(a: LinkStats, b: LinkStats): LinkStats {
  const sum = { ...b };
  for (const key of Object.keys(sum) as (keyof LinkStats)[]) sum[key] += a[key];
  return sum;
}

/** The link of a feed that has no wire. */
export function idealLink(): LinkReport {
  return {
    state: "open",
    reconnects: 0,
    startsRepeated: 0,
    lowLatency: "unsupported",
    bytes: 0,
    frames: 0,
    crcErrors: 0,
    framingErrors: 0,
    oversize: 0,
    resyncs: 0,
    undescribed: 0,
  };
}

/** The clock of every arrival: epoch ms with the resolution of the performance counter, and the same in every thread of the process. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
