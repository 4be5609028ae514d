/** Steps that bring a raw window to what each published model expects. All begin by resampling, so any rate will do. */

export type Steps = readonly Readonly<Record<string, unknown>>[];

const CAST = { step: "cast", dtype: "float32" };

/** 125 Hz, 0.5 to 12 Hz, mean 0 and deviation 1. */
export const PAPAGEI_STEPS: Steps = [
  { step: "resample", method: "fourier", rate: 125 },
  { step: "bandpass", design: "chebyshev1", order: 4, ripple: 0.5, low: 0.5, high: 12, mode: "zero-phase" },
  { step: "zscore" },
  CAST,
];

/** 0.05 to 47 Hz at 500 Hz, then 100 Hz, mean 0 and deviation 1. */
export const HUBERT_ECG_STEPS: Steps = [
  { step: "resample", method: "linear", rate: 500 },
  { step: "fir", order: 150, low: 0.05, high: 47, mode: "zero-phase" },
  { step: "resample", method: "linear", rate: 100 },
  { step: "zscore" },
  CAST,
];

/** Microvolts / 100 at 200 Hz, cut into seconds; one channel is given to every electrode. */
export const labramSteps = (electrodes: number): Steps => [
  { step: "resample", method: "polyphase", padding: "mean", rate: 200 },
  { step: "scale", factor: 0.01 },
  { step: "expand-channels", to: electrodes, fill: "repeat" },
  { step: "patch", samples: 200 },
  CAST,
];

/** 390 samples, mean 0 and deviation 1; one channel is given to every signal. The wavelet transform is in the lower half. */
export const normwearSteps = (signals: number): Steps => [
  { step: "resample", method: "polyphase", padding: "mean", samples: 390 },
  { step: "zscore" },
  { step: "expand-channels", to: signals, fill: "repeat" },
  CAST,
];
