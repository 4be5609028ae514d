/** Why a window is not to be trusted. */
export type QualityReason = "flat" | "clipped" | "drop-outs" | "no pulse" | "motion";

/** What was found in one channel, by an analysis of its kind of signal. */
export interface PulseFindings {
  /** Beats per minute; null where none could be told. */
  pulseRate: number | null;
  /** Mean correlation of each beat with the mean beat, -1 to 1. */
  templateCorrelation: number;
  /** Share of the band's power at the pulse and its harmonics, 0 to 1. */
  spectralPurity: number;
  /** Of the filtered signal; above 0 in a clean PPG. */
  skewness: number;
  /** Pulsation over mean level, percent; null where the signal has no mean level of its own (it was filtered before). PPG only. */
  perfusionIndex: number | null;
  /** 0 to 1. */
  score: number;
  reason: "no pulse" | "motion" | undefined;
}

/** Looks for a pulse in windows of one length and rate. */
export interface PulseAnalysis {
  run(window: Float64Array): PulseFindings;
}

export interface QualityReport {
  /** 0 to 1; of several channels the worst. */
  quality: number;
  /** Of the channel with the worst quality, empty where nothing is wrong and the quality is not below the minimum. */
  reasons: QualityReason[];
  /** Beats per minute, of the channel with the best pulse; null where there is none, or the signal is of another kind. */
  pulseRate: number | null;
}
