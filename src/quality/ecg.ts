import { pulseRate, templateCorrelation } from "./beats.js";
import { skewness } from "./moments.js";
import { findPeaks } from "./peaks.js";
import { SpectralPurity } from "./purity.js";
import { FASTEST, ramp, SLOWEST } from "./scores.js";
import type { PulseAnalysis, PulseFindings } from "./types.js";
import { WorkingBand } from "./working-band.js";

/** Enough to place an R peak within a few ms. */
const WORKING_RATE = 125;
/** Where the QRS complex has most of its power: Pan and Tompkins 1985. */
const BAND = { low: 5, high: 20 };
/** The slope is averaged over about a QRS complex, s. */
const COMPLEX_S = 0.1;
/** A complex reaches this share of the largest slopes (their 98th percentile), and comes no sooner than this after the one before, s. */
const THRESHOLD = 0.35;
const REFRACTORY_S = 0.26;
/** Samples of a beat before and after its R peak, s: P wave to the rise of T. */
const HALF_BEAT_S = 0.25;
/** Orphanidou et al. 2015: below it an ECG is not acceptable. */
const ACCEPTABLE = 0.66;
const CORRELATION = { low: 0.4, high: 0.85 };
/** Orphanidou et al. 2015: no two beats farther apart, s. */
const LONGEST_PAUSE_S = 3;

/** Heart rate and signal quality of ECG windows. */
export class EcgAnalysis implements PulseAnalysis {
  private readonly band: WorkingBand;
  private readonly slope: Float64Array;
  private readonly sorted: Float64Array;
  private readonly purity: SpectralPurity;

  /** @param samples of a window: 5 s or more of them */
  constructor(rate: number, samples: number) {
    this.band = new WorkingBand(rate, samples, WORKING_RATE, BAND);
    const { length } = this.band.slow;
    this.slope = new Float64Array(length);
    this.sorted = new Float64Array(length);
    this.purity = new SpectralPurity(length, this.band.rate, { low: 0.7, high: this.band.high });
  }

  run(window: Float64Array): PulseFindings {
    const { slow, filtered, rate } = this.band;
    this.band.take(window);
    const beats = this.beats();
    const bpm = pulseRate(beats, rate);
    const half = Math.max(1, Math.round(HALF_BEAT_S * rate));
    const correlation = templateCorrelation(filtered, beats, half);
    const longest = Math.max(0, ...beats.slice(1).map((time, i) => time - beats[i]!)) / rate;
    const there = bpm !== null && bpm >= SLOWEST && bpm <= FASTEST && longest <= LONGEST_PAUSE_S;
    const score = there ? ramp(correlation, CORRELATION.low, CORRELATION.high) : 0;
    return {
      pulseRate: there ? bpm : null,
      templateCorrelation: correlation,
      spectralPurity: bpm === null ? 0 : this.purity.run(slow, bpm / 60),
      skewness: skewness(filtered),
      perfusionIndex: null,
      score,
      reason: !there ? "no pulse" : correlation < ACCEPTABLE ? "motion" : undefined,
    };
  }

  /** Samples of the R peaks: the largest excursions about the places where the slope stays steep for as long as a complex lasts. */
  private beats(): number[] {
    const { slope, sorted } = this;
    const { filtered, rate } = this.band;
    const width = Math.max(1, Math.floor(COMPLEX_S * rate));
    averageSlope(filtered, width, slope);
    sorted.set(slope);
    sorted.sort();
    const height = THRESHOLD * sorted[Math.floor(0.98 * (sorted.length - 1))]!;
    const found = findPeaks(slope, { distance: Math.max(1, Math.floor(REFRACTORY_S * rate)), height });
    return found.map((at) => {
      let best = at;
      for (let i = Math.max(0, at - width); i <= Math.min(filtered.length - 1, at + width); i++)
        if (Math.abs(filtered[i]!) > Math.abs(filtered[best]!)) best = i;
      return best;
    });
  }
}

/** Mean over `width` samples, centred, of |x'|. */
function averageSlope(x: Float64Array, width: number, y: Float64Array): void {
  const before = width >> 1;
  let sum = 0;
  const steepness = (i: number): number =>
    i < 0 || i >= x.length ? 0 : Math.abs((x[Math.min(x.length - 1, i + 1)]! - x[Math.max(0, i - 1)]!) / 2);
  for (let i = -before; i < width - before; i++) sum += steepness(i);
  for (let i = 0; i < x.length; i++) {
    y[i] = sum / width;
    sum += steepness(i + width - before) - steepness(i - before);
  }
}
