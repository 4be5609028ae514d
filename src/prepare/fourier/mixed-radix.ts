import type { Fft } from "./fft.js";

/** Stockham's self-sorting FFT, decimation in frequency, one pass for each radix whose product is `size`. */
export class MixedRadixFft implements Fft {
  /** cos and -sin of 2 pi t / size, each computed directly: no error builds up. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(
    readonly size: number,
    private readonly radices: readonly number[],
  ) {
    this.#cos = Float64Array.from({ length: size }, (_, t) => Math.cos((2 * Math.PI * t) / size));
    this.#sin = Float64Array.from({ length: size }, (_, t) => -Math.sin((2 * Math.PI * t) / size));
    this.#re = new Float64Array(size);
    this.#im = new Float64Array(size);
  }

  transform(re: Float64Array, im: Float64Array): void {
    let fromRe = re;
    let fromIm = im;
    let toRe = this.#re;
    let toIm = this.#im;
    let stride = 1;
    for (let i = 0; i < this.radices.length; i++) {
      const radix = this.radices[i]!;
      if (radix === 4) this.#pass4(fromRe, fromIm, toRe, toIm, stride);
      else this.#pass(radix, fromRe, fromIm, toRe, toIm, stride);
      stride *= radix;
      const swapRe = fromRe;
      const swapIm = fromIm;
      fromRe = toRe;
      fromIm = toIm;
      toRe = swapRe;
      toIm = swapIm;
    }
    if (fromRe !== re) {
      re.set(fromRe);
      im.set(fromIm);
    }
  }

  /** y[q + s (r p + k)] = w^(p k) sum_j x[q + s (p + m j)] exp(-2 pi i j k / r), with s = stride, m = size / (r s). */
  #pass(r: number, xr: Float64Array, xi: Float64Array, yr: Float64Array, yi: Float64Array, s: number): void {
    const cos = this.#cos;
    const sin = this.#sin;
    const root = this.size / r;
    const m = root / s;
    for (let p = 0; p < m; p++) {
      for (let k = 0; k < r; k++) {
        const wr = cos[p * k * s]!;
        const wi = sin[p * k * s]!;
        const to = s * (r * p + k);
        for (let q = 0; q < s; q++) {
          let sumRe = 0;
          let sumIm = 0;
          let turn = 0;
          for (let j = 0; j < r; j++) {
            const at = q + s * (p + m * j);
            const c = cos[turn * root]!;
            const d = sin[turn * root]!;
            sumRe += xr[at]! * c - xi[at]! * d;
            sumIm += xr[at]! * d + xi[at]! * c;
            turn += k;
            if (turn >= r) turn -= r;
          }
          yr[to + q] = sumRe * wr - sumIm * wi;
          yi[to + q] = sumRe * wi + sumIm * wr;
        }
      }
    }
  }

  #pass4(xr: Float64Array, xi: Float64Array, yr: Float64Array, yi: Float64Array, s: number): void {
    const cos = this.#cos;
    const sin = this.#sin;
    const m = this.size / (4 * s);
    const quarter = s * m;
    for (let p = 0; p < m; p++) {
      const c1 = cos[p * s]!;
      const d1 = sin[p * s]!;
      const c2 = cos[2 * p * s]!;
      const d2 = sin[2 * p * s]!;
      const c3 = cos[3 * p * s]!;
      const d3 = sin[3 * p * s]!;
      for (let q = 0; q < s; q++) {
        const at = q + s * p;
        const to = q + 4 * s * p;
        const sum02r = xr[at]! + xr[at + 2 * quarter]!;
        const sum02i = xi[at]! + xi[at + 2 * quarter]!;
        const dif02r = xr[at]! - xr[at + 2 * quarter]!;
        const dif02i = xi[at]! - xi[at + 2 * quarter]!;
        const sum13r = xr[at + quarter]! + xr[at + 3 * quarter]!;
        const sum13i = xi[at + quarter]! + xi[at + 3 * quarter]!;
        const dif13r = xr[at + quarter]! - xr[at + 3 * quarter]!;
        const dif13i = xi[at + quarter]! - xi[at + 3 * quarter]!;
        yr[to] = sum02r + sum13r;
        yi[to] = sum02i + sum13i;
        const y1r = dif02r + dif13i;
        const y1i = dif02i - dif13r;
        yr[to + s] = y1r * c1 - y1i * d1;
        yi[to + s] = y1r * d1 + y1i * c1;
        const y2r = sum02r - sum13r;
        const y2i = sum02i - sum13i;
        yr[to + 2 * s] = y2r * c2 - y2i * d2;
        yi[to + 2 * s] = y2r * d2 + y2i * c2;
        const y3r = dif02r - dif13i;
        const y3i = dif02i + dif13r;
        yr[to + 3 * s] = y3r * c3 - y3i * d3;
        yi[to + 3 * s] = y3r * d3 + y3i * c3;
      }
    }
  }
}
