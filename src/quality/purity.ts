import { cosineWindow } from "../prepare/filters/windows.js";
import { type Fft, planFft } from "../prepare/fourier/fft.js";

/** Hz on each side of the pulse's frequency and of its harmonics that count as the pulse. */
const NEAR_HZ = 0.2;
const HARMONICS = 3;

/**
 * Share of a band's power that lies at the pulse's frequency and its first two harmonics, under a Hann window: near 1 for a clean pulse,
 * low where motion adds frequencies of its own (a spectral purity index in the sense of Nemati et al., Physiol. Meas. 31, 2010).
 */
export class SpectralPurity {
  private readonly fft: Fft;
  private readonly window: Float64Array;
  private readonly re: Float64Array;
  private readonly im: Float64Array;

  constructor(
    samples: number,
    private readonly rate: number,
    private readonly band: { low: number; high: number },
  ) {
    this.fft = planFft(samples);
    this.window = cosineWindow("hann", samples);
    this.re = new Float64Array(samples);
    this.im = new Float64Array(samples);
  }

  /** @param frequency of the pulse, Hz */
  run(x: Float64Array, frequency: number): number {
    const { re, im, rate, band } = this;
    let mean = 0;
    for (let i = 0; i < x.length; i++) mean += x[i]! / x.length;
    for (let i = 0; i < x.length; i++) re[i] = (x[i]! - mean) * this.window[i]!;
    im.fill(0);
    this.fft.transform(re, im);
    let all = 0;
    let pulse = 0;
    for (let k = 1; k <= x.length >> 1; k++) {
      const hertz = (k * rate) / x.length;
      if (hertz < band.low || hertz > band.high) continue;
      const power = re[k]! ** 2 + im[k]! ** 2;
      all += power;
      const harmonic = Math.round(hertz / frequency);
      if (harmonic >= 1 && harmonic <= HARMONICS && Math.abs(hertz - harmonic * frequency) < NEAR_HZ) pulse += power;
    }
    return all > 0 ? pulse / all : 0;
  }
}
