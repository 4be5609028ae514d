import { i16le, i32le, u16le } from "../../framing/little-endian.js";

export type Reader = (bytes: Uint8Array, at: number) => number;

/** A value in the payload: its name, the place of its first byte, and how it is read. */
export interface Field {
  readonly name: string;
  readonly at: number;
  readonly read: Reader;
  readonly width: 1 | 2 | 4;
}

/** How a shield or breakout fills its frames. */
export interface BoardLayout {
  /** What the board is called. */
  readonly name: string;
  /** Samples a second as its example program takes them. */
  readonly rate: number;
  /** Lengths that a payload may have. */
  readonly lengths: readonly number[];
  /** Bytes of one sample where a payload holds several. */
  readonly sampleBytes?: number;
  readonly channels: readonly Field[];
  /** Computed values, where the payload is long enough to hold them. */
  readonly vitals: readonly Field[];
}

/** Versions of the example programs disagree on which of the two light channels comes first. */
export const ORDERS = ["board", "red-ir", "ir-red"] as const;
export type Order = (typeof ORDERS)[number];

const u8 = (name: string, at: number): Field => ({ name, at, width: 1, read: (bytes, i) => bytes[i]! });
const i16 = (name: string, at: number): Field => ({ name, at, width: 2, read: i16le });
const u16 = (name: string, at: number): Field => ({ name, at, width: 2, read: u16le });
const i32 = (name: string, at: number): Field => ({ name, at, width: 4, read: i32le });
const u32 = (name: string, at: number): Field => ({ name, at, width: 4, read: (bytes, i) => i32le(bytes, i) >>> 0 });

/** Most samples of one frame of a Sensything OX that are believed. */
const MOST_OX_SAMPLES = 16;

const LAYOUTS: Record<string, (first: string, second: string) => BoardLayout> = {
  afe4490: (first = "red", second = "ir") => ({
    name: "AFE4490 shield",
    rate: 100,
    lengths: [10],
    channels: [i32(first, 0), i32(second, 4)],
    // The versions that send infrared first have exchanged these two as well.
    vitals: first === "red" ? [u8("pulseRate", 8), u8("spo2", 9)] : [u8("spo2", 8), u8("pulseRate", 9)],
  }),
  max86150: (first = "red", second = "ir") => ({
    name: "MAX86150 breakout",
    rate: 200,
    lengths: [6],
    channels: [i16("ecg", 0), u16(first, 2), u16(second, 4)],
    vitals: [],
  }),
  "pulse-express": (first = "ir", second = "red") => ({
    name: "Pulse Express",
    rate: 100,
    lengths: [4, 9],
    channels: [i16(first, 0), i16(second, 2)],
    vitals: [i16("pulseRate", 4), i16("spo2", 6)],
  }),
  max30102: (first = "red", second = "ir") => ({
    name: "Pulse (MAX30102)",
    rate: 100,
    lengths: [8],
    channels: [u32(first, 0), u32(second, 4)],
    vitals: [],
  }),
  "ox-n": (first = "ir", second = "red") => ({
    name: "Sensything OX",
    rate: 100,
    lengths: Array.from({ length: MOST_OX_SAMPLES }, (_, i) => 8 * (i + 1)),
    sampleBytes: 8,
    channels: [i16(first, 0), i16(second, 2)],
    vitals: [i16("spo2", 4), i16("pulseRate", 6)],
  }),
};

export const BOARD_NAMES = Object.keys(LAYOUTS);

/** The layout of one of {@link BOARD_NAMES}, with its light channels in the given order. */
export function boardLayout(board: string, order: Order): BoardLayout {
  const [first, second] = order === "board" ? [] : order.split("-");
  return LAYOUTS[board]!(first as string, second as string);
}
