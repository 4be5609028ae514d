import type { ColdStart } from "./cold-start.js";
import type { ContenderName } from "./contender.js";
import type { Machine } from "./machine/index.js";
import type { LatencyHistogram, LatencySummary } from "./series.js";
import type { SoloResult } from "./solo.js";
import type { ModelStage } from "./stages.js";

/** Raised whenever a reader of the report would have to change. */
export const REPORT_VERSION = 1;

/** `receive` and `lastByteToResult` are missing where the run ended before they were measured. */
export type Stages = Record<ModelStage, LatencySummary> & {
  receive?: LatencySummary;
  lastByteToResult?: LatencySummary;
};

/** Back-to-back results of one number of threads. All times are ms. */
export interface ThreadReport {
  /** Threads of ONNX Runtime within one operator. */
  threads: number;
  windows: number;
  seconds: number;
  stages: Stages;
  /** From a prepared window to its probabilities. Those that could not be built are in `missing` with the reason. */
  contenders: Partial<Record<ContenderName, LatencySummary>>;
  missing: Partial<Record<ContenderName, string>>;
  /** How often each contender took how long; the same edges for all. */
  histograms: Partial<Record<ContenderName, LatencyHistogram>>;
  outputMaxAbsDiff: number;
  /** Median of biox over that of another contender: below 1 biox is faster. */
  ratios: Partial<Record<ContenderName, number>>;
  /** Windows whose preparation and model took longer than a hop. */
  deadlineMisses: number;
  /** Median total over the hop: the share of one engine thread that one wearer takes. */
  realTimeFactor: number;
  /** Time in biox outside ONNX Runtime and native kernels. */
  jsOverhead: LatencySummary;
  solo: SoloResult | null;
}

export interface LiveReport {
  hop: number;
  speed: number;
  windows: number;
  seconds: number;
  /** Preparation and model in the engine's thread. */
  total: LatencySummary;
  lastByteToResult: LatencySummary;
  deadlineMisses: number;
  skippedHops: number;
  lost: number;
  /** How late timers of the main thread were. */
  eventLoopDelayMs: { p50: number; p95: number; p99: number };
}

export interface PacedReport {
  /** Seconds between two windows. */
  hop: number;
  windows: number;
  seconds: number;
  stages: Record<ModelStage, LatencySummary>;
  /** From the moment at which a window was due to its answer. */
  response: LatencySummary;
  deadlineMisses: number;
}

/** Several windows together, against the same windows one after another; interleaved. */
export interface BatchReport {
  size: number;
  /** Which halves took them in one run; the others ran them one after another, and only the bridge had them together. */
  together: { lower: boolean; upper: boolean };
  /** ms a window: those of a batch share its time. */
  perWindow: LatencySummary;
  alone: LatencySummary;
  /** Median a window in a batch over that of one alone. */
  ratio: number;
  outputMaxAbsDiff: number;
}

/** What `biox bench` writes. Times are ms unless a name says otherwise. */
export interface LatencyReport extends ThreadReport {
  type: "latency";
  version: typeof REPORT_VERSION;
  bundle: { name: string; path: string; hop: number; window: number; sha256: Record<string, string> };
  precision: string;
  /** True where something was measured over fewer windows or less time than counts as a report; `shortness` says what. */
  short: boolean;
  shortness: string[];
  /** The same for further numbers of threads. */
  otherThreads: ThreadReport[];
  live: LiveReport | null;
  paced: PacedReport | null;
  batch: BatchReport | null;
  coldStart: ColdStart | null;
  bridge: Record<string, unknown>;
  machine: Machine;
  /** Epoch ms. */
  startedAt: number;
  finishedAt: number;
}
