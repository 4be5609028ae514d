import { channel, countedStream } from "../describe.js";
import type { StreamDescriptor } from "../types.js";

export const RATE_HZ = 60;

/** What one frame says; NaN where the device marks a value as not valid. */
export interface Reading {
  /** 0 to 127. */
  pleth: number;
  /** %, 1 to 100. */
  spo2: number;
  /** Beats a minute, 1 to 250. */
  pulseRate: number;
  /** Raw perfusion index; the old frame has none. */
  perfusion: number;
  /** Bits of {@link CMS50_STATES}. */
  state: number;
}

/** What can be wrong, in the order of the bits of a reading's state. */
export const CMS50_STATES = ["fingerOut", "searching", "searchingLong", "spo2Dropping"] as const;
export const FINGER_OUT = 1;
export const SEARCHING = 2;
export const SEARCHING_LONG = 4;
export const SPO2_DROPPING = 8;

/** Streams apart, so that a value that is not valid yet (SpO2 takes some seconds) leaves the others alone. */
export function oldStreams(rate: number): StreamDescriptor[] {
  return [
    countedStream(0, "pulse", rate, [channel("pleth", "adc")]),
    countedStream(1, "spo2", rate, [channel("spo2", "%")]),
    countedStream(2, "pulseRate", rate, [channel("pulseRate", "bpm")]),
  ];
}

export const V7_STREAMS: readonly StreamDescriptor[] = [
  ...oldStreams(RATE_HZ),
  countedStream(3, "perfusion", RATE_HZ, [channel("perfusion", "adc")]),
];
