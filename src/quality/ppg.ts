import { Autocorrelation } from "./autocorrelation.js";
import { pulseRate, templateCorrelation } from "./beats.js";
import { skewness } from "./moments.js";
import { findPeaks, refinePeak } from "./peaks.js";
import { SpectralPurity } from "./purity.js";
import { FASTEST, ramp, SLOWEST } from "./scores.js";
import type { PulseAnalysis, PulseFindings } from "./types.js";
import { WorkingBand } from "./working-band.js";

/** Enough for the shape of a pulse wave, whose power ends at 8 Hz. */
const WORKING_RATE = 50;
/** The pulse and its harmonics; below lie breath and baseline. */
const BAND = { low: 0.7, high: 8 };
/** Of all lags whose autocorrelation reaches this share of the highest, the first is the period: the others are its multiples. */
const FIRST_SHARE = 0.5;
/** Autocorrelation at the period below which there is no pulse. */
const LEAST_PERIODIC = 0.2;
/** Beats lie at least this share of a period apart, and stand out by this many standard deviations. */
const APART = 0.6;
const PROMINENCE = 0.3;
/** Orphanidou et al. 2015: below it a PPG is not acceptable. */
const ACCEPTABLE = 0.86;
/** Template correlations and spectral purities that score 0 and 1: on TROIKA's running records errors of the pulse rate fall between. */
const CORRELATION = { low: 0.6, high: 0.95 };
const PURITY = { low: 0.1, high: 0.4 };

/** Pulse rate and signal quality of PPG windows. */
export class PpgAnalysis implements PulseAnalysis {
  private readonly band: WorkingBand;
  private readonly autocorrelation: Autocorrelation;
  private readonly lags: Float64Array;
  private readonly purity: SpectralPurity;

  /** @param samples of a window: 5 s or more of them */
  constructor(rate: number, samples: number) {
    this.band = new WorkingBand(rate, samples, WORKING_RATE, BAND);
    const { length } = this.band.slow;
    this.autocorrelation = new Autocorrelation(length);
    this.lags = new Float64Array(Math.min(length - 1, Math.ceil((this.band.rate * 60) / SLOWEST) + 2));
    this.purity = new SpectralPurity(length, this.band.rate, this.band);
  }

  run(window: Float64Array): PulseFindings {
    const { lags } = this;
    const { slow, filtered, rate } = this.band;
    this.band.take(window);
    this.autocorrelation.run(filtered, lags);
    const period = this.period();
    const peaks =
      period === undefined
        ? []
        : findPeaks(filtered, {
            distance: Math.max(1, Math.floor(APART * period)),
            prominence: PROMINENCE * deviation(filtered),
          });
    const half = (period ?? 0) >> 1;
    // At the ends the filter bends the wave, so only whole beats count.
    const whole = peaks.filter((top) => top - half >= 0 && top + half < filtered.length);
    const bpm = pulseRate(
      whole.map((top) => refinePeak(filtered, top)),
      rate,
    );
    const correlation = templateCorrelation(filtered, whole, half);
    const spectralPurity = bpm === null ? 0 : this.purity.run(filtered, bpm / 60);
    const there =
      bpm !== null && bpm >= SLOWEST && bpm <= FASTEST && period !== undefined && lags[period]! >= LEAST_PERIODIC;
    const score = there
      ? ramp(correlation, CORRELATION.low, CORRELATION.high) * ramp(spectralPurity, PURITY.low, PURITY.high)
      : 0;
    return {
      pulseRate: there ? bpm : null,
      templateCorrelation: correlation,
      spectralPurity,
      skewness: skewness(filtered),
      perfusionIndex: perfusion(slow, filtered),
      score,
      reason: !there ? "no pulse" : correlation < ACCEPTABLE || score < 0.5 ? "motion" : undefined,
    };
  }

  /** The shortest lag, in samples, at which the signal repeats itself nearly as well as at any; undefined where it does not. */
  private period(): number | undefined {
    const { lags } = this;
    const { rate } = this.band;
    const shortest = Math.floor((rate * 60) / FASTEST);
    const peaks: number[] = [];
    for (let k = Math.max(1, shortest); k < lags.length - 1; k++)
      if (lags[k]! >= lags[k - 1]! && lags[k]! > lags[k + 1]!) peaks.push(k);
    const best = Math.max(...peaks.map((k) => lags[k]!));
    return peaks.find((k) => lags[k]! > FIRST_SHARE * best);
  }
}

function deviation(x: Float64Array): number {
  let mean = 0;
  for (let i = 0; i < x.length; i++) mean += x[i]! / x.length;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i]! - mean) ** 2;
  return Math.sqrt(squares / x.length);
}

/** Pulsation over mean level, percent; null where the level is not above the pulsation: then it is no light intensity. */
function perfusion(level: Float64Array, pulsation: Float64Array): number | null {
  let mean = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < level.length; i++) {
    mean += level[i]! / level.length;
    low = Math.min(low, pulsation[i]!);
    high = Math.max(high, pulsation[i]!);
  }
  return mean > high - low ? (100 * (high - low)) / mean : null;
}
