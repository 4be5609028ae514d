import type { Fft } from "./fft.js";
import { MixedRadixFft } from "./mixed-radix.js";

/**
 * Bluestein's FFT for sizes with a large prime factor: with n k = (n^2 + k^2 - (k - n)^2) / 2 the transform becomes a
 * convolution with the chirp exp(i pi n^2 / size), done by transforms whose size is a power of 4.
 */
export class BluesteinFft implements Fft {
  readonly #inner: MixedRadixFft;
  readonly #chirpRe: Float64Array;
  readonly #chirpIm: Float64Array;
  /** Transform of the conjugate chirp, over the padded size. */
  readonly #kernelRe: Float64Array;
  readonly #kernelIm: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(readonly size: number) {
    const radices = [4];
    let padded = 4;
    while (padded < 2 * size - 1) {
      const radix = padded * 2 >= 2 * size - 1 ? 2 : 4;
      radices.push(radix);
      padded *= radix;
    }
    this.#inner = new MixedRadixFft(padded, radices);
    // n^2 is taken modulo 2 size while it is still an exact integer; a huge angle would lose its digits.
    const angle = (n: number) => (-Math.PI * ((n * n) % (2 * size))) / size;
    this.#chirpRe = Float64Array.from({ length: size }, (_, n) => Math.cos(angle(n)));
    this.#chirpIm = Float64Array.from({ length: size }, (_, n) => Math.sin(angle(n)));
    this.#kernelRe = new Float64Array(padded);
    this.#kernelIm = new Float64Array(padded);
    for (let n = 0; n < size; n++) {
      const mirrored = (padded - n) % padded;
      this.#kernelRe[n] = this.#kernelRe[mirrored] = this.#chirpRe[n]! / padded;
      this.#kernelIm[n] = this.#kernelIm[mirrored] = -this.#chirpIm[n]! / padded;
    }
    this.#inner.transform(this.#kernelRe, this.#kernelIm);
    this.#re = new Float64Array(padded);
    this.#im = new Float64Array(padded);
  }

  transform(re: Float64Array, im: Float64Array): void {
    const workRe = this.#re.fill(0);
    const workIm = this.#im.fill(0);
    this.#timesChirp(re, im, workRe, workIm);
    this.#inner.transform(workRe, workIm);
    for (let i = 0; i < workRe.length; i++) {
      const a = workRe[i]!;
      const b = workIm[i]!;
      workRe[i] = a * this.#kernelRe[i]! - b * this.#kernelIm[i]!;
      workIm[i] = a * this.#kernelIm[i]! + b * this.#kernelRe[i]!;
    }
    this.#inner.transform(workIm, workRe);
    this.#timesChirp(workRe, workIm, re, im);
  }

  #timesChirp(xr: Float64Array, xi: Float64Array, yr: Float64Array, yi: Float64Array): void {
    for (let n = 0; n < this.size; n++) {
      const a = xr[n]!;
      const b = xi[n]!;
      yr[n] = a * this.#chirpRe[n]! - b * this.#chirpIm[n]!;
      yi[n] = a * this.#chirpIm[n]! + b * this.#chirpRe[n]!;
    }
  }
}
