import { type Fft, planFft } from "../prepare/fourier/fft.js";

/**
 * Autocorrelation of a signal of fixed length by the Fourier transform, without wrap-around: r[k] = (sum x[i] x[i+k]) / (sum x[i]^2),
 * each divided by the share n - k / n of terms that it has, so that a periodic signal gives 1 at each period.
 */
export class Autocorrelation {
  private readonly fft: Fft;
  private readonly re: Float64Array;
  private readonly im: Float64Array;

  constructor(private readonly samples: number) {
    this.fft = planFft(2 ** Math.ceil(Math.log2(2 * samples)));
    this.re = new Float64Array(this.fft.size);
    this.im = new Float64Array(this.fft.size);
  }

  /** `r` takes lags 0 to r.length - 1, fewer than the samples; all are 0 for a signal of zeros. */
  run(x: Float64Array, r: Float64Array): void {
    const { re, im, samples } = this;
    re.fill(0);
    im.fill(0);
    re.set(x);
    this.fft.transform(re, im);
    for (let i = 0; i < re.length; i++) {
      re[i] = re[i]! ** 2 + im[i]! ** 2;
      im[i] = 0;
    }
    // The spectrum is real and even: transforming it once more is the inverse, but for a factor.
    this.fft.transform(re, im);
    const power = re[0]!;
    for (let k = 0; k < r.length; k++) r[k] = power > 0 ? (re[k]! / power) * (samples / (samples - k)) : 0;
  }
}
