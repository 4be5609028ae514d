import type { ChannelDescriptor } from "../../devices/types.js";
import { BioxError } from "../../errors.js";

/** Channels of a file that have one rate. */
export interface FileStream {
  readonly name: string;
  readonly channels: readonly ChannelDescriptor[];
  /** Samples a second. */
  readonly rate: number;
  /** Number of the first sample: a stream may begin later than its file. */
  readonly first: number;
}

/** Samples that follow one another; `index` counts from the start of the file, a jump is a gap. Interleaved; NaN where there is none. */
export interface FileBlock {
  readonly stream: number;
  readonly index: number;
  readonly count: number;
  readonly values: Float64Array;
}

/** An annotation. */
export interface FileMarker {
  /** Since the start of the file. */
  readonly seconds: number;
  /** How long it lasts, s, where the file says so. */
  readonly duration?: number;
  /** 1 to 200 printable characters. */
  readonly name: string;
}

/** A file of signals that somebody else's software wrote, read a piece at a time. */
export interface SignalFile {
  readonly streams: readonly FileStream[];
  /** Epoch ms at which the file starts; what it says is taken for UTC. Undefined where it does not say. */
  readonly start: number | undefined;
  /** In the order of their time. */
  readonly markers: readonly FileMarker[];
  /** What is wrong with the file, where the rest of it can be used: sentences. */
  readonly warnings: readonly string[];
  /** In the order of their time. Throws BioxError FILE_INVALID or FILE_UNREADABLE; leaving the loop closes the file. */
  blocks(): AsyncGenerator<FileBlock, void, undefined>;
}

/** Bounds of what a file may claim of itself; beyond them lies damage, or more than a gateway can hold. */
export const MOST_CHANNELS = 4096;
export const HIGHEST_RATE = 100_000;
/** Annotations stay in memory for as long as the file is open. */
export const MOST_MARKERS = 1_000_000;
/** A year: a replay would sit out a longer gap for ever. */
export const LONGEST_GAP_S = 366 * 86_400;

export function invalid(path: string, problem: string, hint?: string): BioxError {
  return new BioxError("FILE_INVALID", `${path} ${problem}.`, hint ?? "Make the file again, or export it as CSV.");
}

/** Signals by a key, in the order in which keys appear: each is a stream. */
export function groupBy<S>(signals: readonly S[], key: (signal: S) => string | number): S[][] {
  const groups = new Map<string | number, S[]>();
  for (const signal of signals) {
    const group = groups.get(key(signal));
    if (group) group.push(signal);
    else groups.set(key(signal), [signal]);
  }
  return [...groups.values()];
}

/** Names of streams: the channel's where there is one, else the rate. */
export function streamName(rate: number, channels: readonly { name: string }[]): string {
  return channels.length === 1 ? channels[0]!.name : `${rate} Hz`;
}

/** Epoch ms of a date and time in UTC; undefined where they are none, as the 31st of February. */
export function utc(year: number, month: number, day: number, hour: number, minute: number, second: number) {
  if (hour > 23 || minute > 59 || second >= 60) return undefined;
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute));
  const same = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return same ? at.getTime() + second * 1000 : undefined;
}
