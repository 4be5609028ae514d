import type { BioxError } from "../errors.js";
import type { LinkState } from "./feed.js";
import type { Gap } from "./timeline.js";
import type { TimingReport } from "./timing.js";

/** Samples as they came: physical units, interleaved, `count * channels.length` values. */
export interface SampleEvent {
  readonly stream: string;
  readonly channels: readonly string[];
  /** Number of the first sample, counted from the start of the stream, lost ones included. */
  readonly index: number;
  readonly count: number;
  /** Host time of the first sample, epoch ms, and ms between two, from the reconstructed device clock. */
  readonly time: number;
  readonly period: number;
  readonly values: Float64Array;
}

/** How full a stream's ring is, and how old its newest sample. */
export interface RingGauge {
  stream: string;
  /** Signal seconds that it keeps. */
  seconds: number;
  /** Samples that are there to be read, and samples that newer ones have overwritten. */
  held: number;
  overwritten: number;
  /** Since the newest sample was received, ms; null before the first. */
  ageMs: number | null;
}

export interface SourceEvents {
  samples: [SampleEvent];
  gap: [Gap & { stream: string }];
  link: [{ state: LinkState; reason: string | undefined }];
  /** What was found about a stream's clock and sample rate: when it is first known, and each minute. */
  clock: [TimingReport & { stream: string }];
  /** An event of the device, such as a marker; `at` is when it came in, epoch ms, the same wherever the event is noted. */
  device: [{ name: string; data: Record<string, unknown>; at: number }];
  /** What a device says of itself, such as `batteryPercent`, 0 to 100. */
  status: [{ data: Record<string, unknown> }];
  /** Something is wrong with a file that is replayed, though the rest of it can be used: a sentence. */
  warning: [{ message: string }];
  end: [BioxError | undefined];
}
