import { channel } from "../describe.js";
import type { ChannelDescriptor } from "../types.js";

/** How a channel stands on the wire, and what it is called. */
export interface ShimmerChannel {
  name: string;
  bytes: 1 | 2 | 3;
  signed: boolean;
  bigEndian: boolean;
  /** An input of the 12-bit converter: its ends mean that the signal goes beyond. */
  adc: boolean;
  unit: "adc" | "uS";
}

export type ByteOrder = "be" | "le";

/** What the bytes do not tell. */
export interface ChannelSettings {
  /** Byte order of the magnetometer. */
  mag: ByteOrder;
  /** Byte order of the gyroscope and of the accelerometer on its chip. */
  gyro: ByteOrder;
  /** Name of the internal converter input that the optical sensor is wired to. */
  ppg: string;
}

type Kind = "adc" | "i16" | "mag" | "gyro" | "u8" | "u16be" | "u24be" | "i24be" | "i16be" | "gsr";

const XYZ = ["X", "Y", "Z"];
const axes = (first: number, prefix: string, kind: Kind): [number, string, Kind][] =>
  XYZ.map((axis, i) => [first + i, prefix + axis, kind]);

/**
 * Channel ids of an inquiry (log-and-stream-common, Sensing/shimmer_sensing.h; widths and byte orders as in
 * pyshimmer). The four ADS1292R channels are ch1 to ch4 in either width: a device sends only one of the two.
 */
const CHANNELS: readonly [number, string, Kind][] = [
  ...axes(0x00, "acc", "adc"),
  [0x03, "battery", "adc"],
  ...axes(0x04, "accWide", "i16"),
  ...axes(0x07, "mag", "mag"),
  ...axes(0x0a, "gyro", "gyro"),
  [0x0d, "extA7", "adc"],
  [0x0e, "extA6", "adc"],
  [0x0f, "extA15", "adc"],
  [0x10, "a1", "adc"],
  [0x11, "a12", "adc"],
  [0x12, "a13", "adc"],
  [0x13, "a14", "adc"],
  ...axes(0x14, "accAlt", "gyro"),
  ...axes(0x17, "magAlt", "i16"),
  [0x1a, "temperature", "u16be"],
  [0x1b, "pressure", "u24be"],
  [0x1c, "gsr", "gsr"],
  [0x1d, "exg1Status", "u8"],
  [0x1e, "ch1", "i24be"],
  [0x1f, "ch2", "i24be"],
  [0x20, "exg2Status", "u8"],
  [0x21, "ch3", "i24be"],
  [0x22, "ch4", "i24be"],
  [0x23, "ch1", "i16be"],
  [0x24, "ch2", "i16be"],
  [0x25, "ch3", "i16be"],
  [0x26, "ch4", "i16be"],
  [0x27, "bridgeHigh", "adc"],
  [0x28, "bridgeLow", "adc"],
];
const BY_ID = new Map(CHANNELS.map(([id, name, kind]) => [id, { name, kind }]));

/** Inputs that an optical sensor may be wired to, by their name here. */
export const PPG_INPUTS = ["a13", "a12", "a1", "a14"] as const;

/** The channel with this id; undefined where there is none. */
export function shimmerChannel(id: number, settings: ChannelSettings): ShimmerChannel | undefined {
  const known = BY_ID.get(id);
  if (known === undefined) return undefined;
  const { kind } = known;
  const bigEndian = kind === "mag" || kind === "gyro" ? settings[kind] === "be" : kind.endsWith("be");
  return {
    name: known.name === settings.ppg ? "ppg" : known.name,
    bytes: kind === "u8" ? 1 : kind.includes("24") ? 3 : 2,
    signed: kind.startsWith("i") || kind === "mag" || kind === "gyro",
    bigEndian,
    adc: kind === "adc",
    unit: kind === "gsr" ? "uS" : "adc",
  };
}

export function describeChannel({ name, unit }: ShimmerChannel): ChannelDescriptor {
  return channel(name, unit);
}

/** The number at `at` as the channel writes it. */
export function readRaw(bytes: Uint8Array, at: number, channel: ShimmerChannel): number {
  let value = 0;
  for (let i = 0; i < channel.bytes; i++)
    value = (value << 8) | bytes[at + (channel.bigEndian ? i : channel.bytes - 1 - i)]!;
  const unused = 32 - 8 * channel.bytes;
  return channel.signed ? (value << unused) >> unused : value;
}

/** Writes `value` at `at` as the channel writes it. */
export function writeRaw(bytes: Uint8Array, at: number, channel: ShimmerChannel, value: number): void {
  for (let i = 0; i < channel.bytes; i++)
    bytes[at + (channel.bigEndian ? channel.bytes - 1 - i : i)] = value >> (8 * i);
}
