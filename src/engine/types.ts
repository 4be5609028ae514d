import type { QualityReason } from "../quality/index.js";
import type { LinkReport } from "../stream/feed.js";
import type { RingGauge } from "../stream/source-events.js";
import type { TimingReport } from "../stream/timing.js";
import type { WindowGaps } from "./gaps.js";

/** One window's answer; printed as one line of NDJSON by `biox run --json`. */
export interface Prediction {
  type: "prediction";
  source: string;
  /** Start and end of the window in host time, epoch ms, from the reconstructed device clock. */
  t: [number, number];
  /** The same window in samples since the start of the stream: first, and first after it. Lost samples count. */
  window: [number, number];
  label: string;
  index: number;
  probs: number[];
  /** How far the window can be trusted, 0 to 1, and what is wrong with it. */
  quality: number;
  reasons: QualityReason[];
  /** Whether the quality is at least the bundle's minimum. */
  reliable: boolean;
  /** Beats per minute in the window, of PPG and ECG; null where none can be told. */
  pulseRate: number | null;
  /** Samples of the window that were lost on the way. */
  lost: number;
  /** Where they are, and what the model saw in their place; left out where none was lost. */
  gaps?: WindowGaps;
  /** From the receipt of the window's last byte to the result, ms. */
  ageMs: number;
  /**
   * Times of the stages; but for `prepare` of all windows that were run together. `queue`, where another machine ran the window, is the
   * time on the way there and back and waiting; it is in no total.
   */
  ms: { prepare: number; lower: number; bridge: number; upper: number; total: number; queue?: number };
  /** How many windows, of as many sources, were run together with this one, itself included; left out where it was alone. */
  batch?: number;
}

/** A window that was not given to the model, or for which it had no answer. */
export interface Unpredicted {
  type: "unpredicted";
  source: string;
  t: [number, number];
  window: [number, number];
  lost: number;
  reason: string;
}

export type EngineResult = Prediction | Unpredicted;

/** Percentiles of one stage over the latest windows, ms. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

export interface Summary {
  type: "summary";
  source: string;
  predictions: number;
  /** Windows without an answer: too much of them was lost, or the model failed. */
  unpredicted: number;
  /** Windows that were left out because a newer one was there. */
  skippedHops: number;
  /** Predictions that the consumer of `engine.run` did not take in time; they are counted in `predictions`. */
  dropped: number;
  /** Samples received and samples lost, of the streams that the run reads. */
  samples: number;
  lost: number;
  /** Samples that came twice, and how often the device counted anew. */
  duplicates: number;
  restarts: number;
  /** How often the device's clock was set, back or forth, while its samples went on. */
  clockJumps: number;
  /** Of the streams that the run does not read. A value that the device calls invalid, such as SpO2 without a finger, is lost. */
  otherStreams: { samples: number; lost: number };
  link: LinkReport;
  /** What each stream's ring held. */
  rings: RingGauge[];
  /** Clock and sample rate of each stream, as they were found. */
  clocks: (TimingReport & { stream: string })[];
  ms: Record<"prepare" | "lower" | "bridge" | "upper" | "total" | "age", Percentiles>;
  /** How late timers of the main thread were. */
  eventLoopDelayMs: Percentiles;
}

/** What an engine was built as. */
export interface EngineInfo {
  name: string;
  labels: string[];
  window: { seconds: number; hop: number };
  /** Engine threads, each with the whole model. */
  engines: number;
  /** Threads of ONNX Runtime in each of them. */
  threads: number;
  /** Windows of different sources that are run together at most, and which halves really take several at once. */
  batch: { most: number; lower: boolean; upper: boolean };
  /** How the bridge runs: plan, SIMD target, bytes of weights, multiply-adds. */
  bridge: Record<string, unknown>;
  /** Load and first run of the two halves, ms; of several engines the slowest. */
  loadMs: number;
}
