import type { ChannelDescriptor } from "../../devices/types.js";
import { BioxError } from "../../errors.js";

/** Channels of a file that have one rate. */
export interface FileStream {
  readonly name: string;
  readonly channels: readonly ChannelDescriptor[];
  /** Samples a second. */
  readonly rate: number;
}

/** Samples that follow one another; `index` counts from the start of the file, a jump is a gap. Interleaved; NaN where there is none. */
export interface FileBlock {
  readonly stream: number;
  readonly index: number;
  readonly count: number;
  readonly values: Float64Array;
}

/** A file of signals that somebody else's software wrote, read a piece at a time. */
export interface SignalFile {
  readonly streams: readonly FileStream[];
  /** In the order of their time. Throws BioxError FILE_INVALID or FILE_UNREADABLE; leaving the loop closes the file. */
  blocks(): AsyncGenerator<FileBlock, void, undefined>;
}

/** Bounds of what a file may claim of itself; beyond them lies damage, or more than a gateway can hold. */
export const MOST_CHANNELS = 4096;
export const HIGHEST_RATE = 100_000;

export function invalid(path: string, problem: string, hint?: string): BioxError {
  return new BioxError("FILE_INVALID", `${path} ${problem}.`, hint ?? "Make the file again, or export it as CSV.");
}

/** Signals by their rate, in the order in which rates appear: each rate is a stream. */
export function groupByRate<S extends { rate: number }>(signals: readonly S[]): { rate: number; members: S[] }[] {
  const groups = new Map<number, S[]>();
  for (const signal of signals) groups.set(signal.rate, [...(groups.get(signal.rate) ?? []), signal]);
  return [...groups].map(([rate, members]) => ({ rate, members }));
}

/** Names of streams: the channel's where there is one, else the rate. */
export function streamName(rate: number, channels: readonly { name: string }[]): string {
  return channels.length === 1 ? channels[0]!.name : `${rate} Hz`;
}
