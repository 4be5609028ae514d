import { EcgAnalysis } from "./ecg.js";
import { PpgAnalysis } from "./ppg.js";
import { SHORTEST_WINDOW_S } from "./scores.js";
import type { PulseAnalysis, PulseFindings, QualityReason, QualityReport } from "./types.js";
import { findDefects } from "./usable.js";

export { EcgAnalysis } from "./ecg.js";
export { PpgAnalysis } from "./ppg.js";
export type { PulseAnalysis, PulseFindings, QualityReason, QualityReport } from "./types.js";
export { type Defects, findDefects } from "./usable.js";

/** Shares of a window from which on they are a reason. */
const MUCH_FLAT = 0.1;
const MUCH_CLIPPED = 0.05;
const MUCH_LOST = 0.05;

/**
 * How far windows of one modality, rate and length can be trusted: 0 to 1, with reasons, and the pulse rate where there is a pulse.
 *
 * Quality is the share of samples that were received and are neither flat nor clipped, times the score of the pulse for PPG and ECG
 * windows of 5 s or more; of other signals, or shorter windows, it says nothing about what is in them.
 */
export class QualityMeter {
  private readonly analysis: PulseAnalysis | undefined;

  /**
   * @param modality of the signal as bundles name it: "ppg" and "ecg" are looked into
   * @param rate samples per second
   * @param samples of a window
   */
  constructor(
    modality: string,
    private readonly rate: number,
    private readonly samples: number,
  ) {
    const kind = modality.toLowerCase();
    if (samples < SHORTEST_WINDOW_S * rate || rate < 20) return;
    if (kind === "ppg") this.analysis = new PpgAnalysis(rate, samples);
    else if (kind === "ecg" && rate >= 40) this.analysis = new EcgAnalysis(rate, samples);
  }

  /**
   * @param window one array of `samples` values per channel
   * @param missing samples of the window that were lost on the way
   * @param minimum quality, 0 to 1, below which there is a reason: what costs most, where nothing is much
   */
  assess(window: readonly Float64Array[], missing: number, minimum = 0): QualityReport {
    const report: QualityReport = { quality: Number.POSITIVE_INFINITY, reasons: [], pulseRate: null };
    const lost = missing / this.samples;
    let best = Number.NEGATIVE_INFINITY;
    let costliest: QualityReason = "drop-outs";
    for (const channel of window) {
      const { flat, clipped } = findDefects(channel, this.rate);
      const pulse = this.analysis?.run(channel);
      if (pulse?.pulseRate && pulse.templateCorrelation > best) {
        best = pulse.templateCorrelation;
        report.pulseRate = pulse.pulseRate;
      }
      const quality = Math.max(0, 1 - flat - clipped) * (pulse?.score ?? 1);
      if (quality >= report.quality) continue;
      report.quality = quality;
      report.reasons = reasonsOf(flat, clipped, pulse);
      costliest = largest({ "drop-outs": lost, flat, clipped, motion: 1 - (pulse?.score ?? 1) });
    }
    report.quality *= 1 - lost;
    if (lost >= MUCH_LOST) report.reasons.unshift("drop-outs");
    if (report.reasons.length === 0 && report.quality < minimum) report.reasons.push(costliest);
    return report;
  }
}

function largest(shares: Partial<Record<QualityReason, number>>): QualityReason {
  const [[reason]] = Object.entries(shares).sort(([, a], [, b]) => b - a) as [[QualityReason, number]];
  return reason;
}

function reasonsOf(flat: number, clipped: number, pulse: PulseFindings | undefined): QualityReason[] {
  const reasons: QualityReason[] = [];
  if (flat >= MUCH_FLAT) reasons.push("flat");
  if (clipped >= MUCH_CLIPPED) reasons.push("clipped");
  if (pulse?.reason) reasons.push(pulse.reason);
  return reasons;
}
