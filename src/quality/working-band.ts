import { designIir } from "../prepare/filters/iir-design.js";
import { zeroPhase } from "../prepare/filters/zero-phase.js";
import type { RowKernel } from "../prepare/step.js";
import { decimate } from "./decimate.js";

/** Windows brought to a working rate, and filtered to the band that an analysis looks at; all arrays are made once. */
export class WorkingBand {
  /** Samples per second of `slow` and `filtered`. */
  readonly rate: number;
  readonly low: number;
  /** Upper edge, Hz: lower than wanted where the rate is too low for it. */
  readonly high: number;
  readonly slow: Float64Array;
  readonly filtered: Float64Array;
  private readonly factor: number;
  private readonly filter: RowKernel;

  /**
   * @param rate,samples of the windows
   * @param workingRate that is enough: windows of twice that and more are averaged down
   * @param band Hz
   */
  constructor(rate: number, samples: number, workingRate: number, band: { low: number; high: number }) {
    this.factor = Math.max(1, Math.floor(rate / workingRate));
    this.rate = rate / this.factor;
    this.low = band.low;
    this.high = Math.min(band.high, 0.45 * this.rate);
    const length = Math.floor(samples / this.factor);
    this.slow = new Float64Array(length);
    this.filtered = new Float64Array(length);
    const filter = designIir({ design: "butterworth", order: 2 }, { low: this.low, high: this.high }, this.rate);
    this.filter = zeroPhase(filter, length);
  }

  /** Fills `slow` and `filtered`. */
  take(window: Float64Array): void {
    decimate(window, this.factor, this.slow);
    this.filter(this.slow, 0, this.filtered, 0);
  }
}
