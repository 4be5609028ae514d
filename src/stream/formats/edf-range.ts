/** How the values of a channel fit into the digits of EDF (16 bits) or BDF (24 bits), and into a header that has 8 characters a number. */

import type { ChannelDescriptor } from "../../devices/types.js";
import { BioxError } from "../../errors.js";
import type { ChannelSurvey } from "./survey.js";

export interface EdfRange {
  /** Unit as it is written, and the factor by which values are multiplied for it. */
  readonly unit: string;
  readonly factor: number;
  /** Ends of the physical range, as they read in the header, and of the digital one. */
  readonly low: string;
  readonly high: string;
  readonly digitalLow: number;
  readonly digitalHigh: number;
  /** Physical step of one digit, in `unit`. */
  readonly step: number;
  /** Whether each step of the device has a digit of its own; without steps of its own (a float format), whether that cannot be told. */
  readonly lossless: boolean;
  /** Bits that the device's steps would need. */
  readonly bits: number | undefined;
}

/** Units whose values are often too small for 8 characters, and what they become a millionth of. */
const SMALL = /^(V|A|S|g)$/;

/**
 * The tightest range for a channel.
 *
 * @throws BioxError FILE_INVALID where the numbers do not fit into 8 characters
 */
export function edfRange(descriptor: ChannelDescriptor, channel: ChannelSurvey, bits: 16 | 24): EdfRange {
  const small = SMALL.test(descriptor.unit) && Math.max(-channel.min, channel.max) < 0.1;
  const factor = small ? 1e6 : 1;
  const unit = small ? `u${descriptor.unit}` : descriptor.unit;
  const [min, max] = [channel.min * factor, channel.max * factor];
  const [scale, offset] = [descriptor.scale * factor, descriptor.offset * factor];
  const digitalLow = -(2 ** (bits - 1));
  const digitalHigh = -digitalLow - 1;
  const ends = [(min - offset) / scale, (max - offset) / scale].map(Math.round);
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  const needed = channel.stepped ? bitsFor(first, last) : undefined;
  const base = { unit, factor, bits: needed };
  if (channel.stepped && last - first <= digitalHigh - digitalLow) {
    // Digits are the device's own counts where these fit, else counts from the middle of the range.
    const shift = first >= digitalLow && last <= digitalHigh ? 0 : Math.round((first + last + 1) / 2);
    const texts = [digitalLow, digitalHigh].map((digit) =>
      eightCharacters((digit + shift) * scale + offset, "nearest"),
    );
    const [low, high] = texts;
    if (low !== undefined && high !== undefined && isGain(low, high, scale, digitalHigh - digitalLow))
      return { ...base, low, high, digitalLow, digitalHigh, step: Math.abs(scale), lossless: true };
    // Over the digits that are used, numbers of 8 characters may lie closer to the device's steps than over all of them.
    const [from, to] = [first - shift, Math.max(last, first + 1) - shift];
    const near = [from, to].map((digit) => eightCharacters((digit + shift) * scale + offset, "nearest"));
    if (near[0] !== undefined && near[1] !== undefined && isGain(near[0], near[1], scale, to - from))
      return {
        ...{ ...base, low: near[0], high: near[1], digitalLow: from, digitalHigh: to },
        ...{ step: Math.abs(scale), lossless: true },
      };
  }
  const low = eightCharacters(min, "down");
  const high = eightCharacters(max > min ? max : min + Math.max(1, Math.abs(min) * 1e-3), "up");
  if (low === undefined || high === undefined || !(Number(high) - Number(low) <= 2 * (max - min) || max === min))
    throw new BioxError(
      "FILE_INVALID",
      `Values of channel ${descriptor.name} (${min} to ${max} ${unit}) do not fit into the 8 characters that EDF has for a number.`,
      "Write .hea or .csv instead.",
    );
  const step = (Number(high) - Number(low)) / (digitalHigh - digitalLow);
  return { ...base, low, high, digitalLow, digitalHigh, step, lossless: false };
}

/** Digits of a value; readers compute the value back from the range as it reads in the header. */
export function digitOf(value: number, range: EdfRange): number {
  const { digitalLow, digitalHigh } = range;
  const [low, high] = [Number(range.low), Number(range.high)];
  const share = (value * range.factor - low) / (high - low);
  const digit = Math.round(digitalLow + share * (digitalHigh - digitalLow));
  return Math.max(digitalLow, Math.min(digitalHigh, digit));
}

/** The value that a reader computes, in the channel's own unit. */
export function physicalOf(digit: number, range: EdfRange): number {
  const [low, high] = [Number(range.low), Number(range.high)];
  const share = (digit - range.digitalLow) / (range.digitalHigh - range.digitalLow);
  return (low + share * (high - low)) / range.factor;
}

/** Whether two ends give the device's step so closely that no value is off by a quarter of a step anywhere between them. */
function isGain(low: string, high: string, scale: number, digits: number): boolean {
  return Math.abs((Number(high) - Number(low)) / scale - digits) < 0.25;
}

/** Bits of a two's complement number that holds both. */
function bitsFor(first: number, last: number): number {
  let bits = 1;
  while (first < -(2 ** (bits - 1)) || last > 2 ** (bits - 1) - 1) bits++;
  return bits;
}

/** A number in at most 8 characters without an exponent, which EDF does not allow; undefined where there is none. */
function eightCharacters(value: number, round: "nearest" | "down" | "up"): string | undefined {
  for (let decimals = 7; decimals >= 0; decimals--) {
    const unit = 10 ** decimals;
    const nearest = Number(value.toFixed(decimals));
    const off = round === "down" ? nearest > value : round === "up" ? nearest < value : false;
    const moved = off ? nearest + (round === "down" ? -1 : 1) / unit : nearest;
    const fixed = moved.toFixed(decimals);
    const text = decimals > 0 ? fixed.replace(/\.?0+$/, "") : fixed;
    if (text.length <= 8) return text === "-0" ? "0" : text;
  }
  return undefined;
}
