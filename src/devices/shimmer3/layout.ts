import { type FrameRule, NO_FRAME, WRONG_SUM } from "../../framing/sliding.js";
import type { ShimmerChannel } from "./channels.js";
import { writeRaw } from "./channels.js";
import { type CrcBytes, crcFits, withCrc } from "./crc.js";

/** Ticks of the device clock a second; its time stamps have 24 bits and wrap each 512 s. */
export const TICKS_PER_SECOND = 32768;
const TICKS_WRAP = 2 ** 24;

/** A data packet: `00 | u24 time stamp | channels | check sum`, little-endian but for some channels. */
const DATA = 0x00;
const TIME_AT = 1;
export const VALUES_AT = 4;

/** What an inquiry has told. */
export interface ShimmerLayout {
  /** Ticks between two samples. */
  divider: number;
  channels: ShimmerChannel[];
  crc: CrcBytes;
}

/** How many lost packets may lie between two neighbours that bear each other out. */
const MOST_LOST_BETWEEN_NEIGHBOURS = 8;

export function ticksAt(bytes: Uint8Array, frame: number): number {
  return bytes[frame + TIME_AT]! | (bytes[frame + TIME_AT + 1]! << 8) | (bytes[frame + TIME_AT + 2]! << 16);
}

/** Ticks from one time stamp to a later one. */
export function ticksBetween(before: number, after: number): number {
  return (after - before) & (TICKS_WRAP - 1);
}

function valueBytes(channels: readonly ShimmerChannel[]): number {
  return channels.reduce((sum, channel) => sum + channel.bytes, 0);
}

export function shimmerRule({ divider, channels, crc }: ShimmerLayout): FrameRule {
  const summed = VALUES_AT + valueBytes(channels);
  const length = summed + crc;
  // The sum covers the first byte as well.
  const damage = crc > 0 ? WRONG_SUM : NO_FRAME;
  // The timer is exact; reading it may be late by an interrupt.
  const tolerance = Math.max(2, divider / 8);
  const intervals = (bytes: Uint8Array, a: number, b: number): number => {
    const ticks = ticksBetween(ticksAt(bytes, a), ticksAt(bytes, b));
    const whole = Math.round(ticks / divider);
    return Math.abs(ticks - whole * divider) <= tolerance ? whole : 0;
  };
  return {
    longest: length,
    lock: 2,
    trustsFirst: () => crc > 0,
    match(bytes, at, end) {
      if (bytes[at] !== DATA) return damage;
      if (end - at < length) return 0;
      return crcFits(bytes, at, at + summed, crc) ? length : damage;
    },
    isNext: (bytes, last, at) => intervals(bytes, last, at) === 1,
    follows(bytes, previous, at, last) {
      const steps = intervals(bytes, previous, at);
      if (steps < 1 || steps > MOST_LOST_BETWEEN_NEIGHBOURS) return false;
      if (last < 0 || steps === 1) return true;
      const before = ticksAt(bytes, last);
      // Time rises: a stamp beyond that of the packet behind it is damaged.
      return ticksBetween(before, ticksAt(bytes, previous)) < ticksBetween(before, ticksAt(bytes, at));
    },
  };
}

/** A data packet with raw numbers. `ticks` is taken modulo 2^24. */
export function encodePacket(layout: ShimmerLayout, ticks: number, values: readonly number[]): Uint8Array {
  const packet = new Uint8Array(VALUES_AT + valueBytes(layout.channels));
  for (let i = 0; i < 3; i++) packet[TIME_AT + i] = Math.floor(ticks / 256 ** i);
  let at = VALUES_AT;
  for (const [c, channel] of layout.channels.entries()) {
    writeRaw(packet, at, channel, values[c]!);
    at += channel.bytes;
  }
  return withCrc(packet, layout.crc);
}
