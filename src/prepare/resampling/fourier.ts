import { planFft } from "../fourier/fft.js";
import type { RowKernel } from "../step.js";

/**
 * Resampling in the frequency domain: scipy.signal.resample. The window is taken as one period of a periodic signal, so a
 * difference between its ends shows as ringing at both.
 */
export function fourierResampler(fromSamples: number, toSamples: number): RowKernel {
  const forward = planFft(fromSamples);
  const inverse = planFft(toSamples);
  const re = new Float64Array(fromSamples);
  const im = new Float64Array(fromSamples);
  const outRe = new Float64Array(toSamples);
  const outIm = new Float64Array(toSamples);
  const shared = Math.min(fromSamples, toSamples);
  const down = toSamples < fromSamples;
  return (x, from, y, to) => {
    // The mean is untouched by resampling; taking the first value away keeps a constant window exactly constant.
    const first = x[from]!;
    for (let i = 0; i < fromSamples; i++) re[i] = x[from + i]! - first;
    im.fill(0);
    forward.transform(re, im);
    outRe.fill(0);
    outIm.fill(0);
    outRe[0] = re[0]!;
    for (let k = 1; 2 * k < shared; k++) {
      outRe[k] = outRe[toSamples - k] = re[k]!;
      outIm[k] = im[k]!;
      outIm[toSamples - k] = -im[k]!;
    }
    if (shared % 2 === 0) {
      // The bin at half the lower rate stands for both signs: joined when going down, split when going up.
      const half = shared / 2;
      if (down) outRe[half] = 2 * re[half]!;
      else outRe[half] = outRe[toSamples - half] = re[half]! / 2;
    }
    inverse.transform(outIm, outRe);
    for (let i = 0; i < toSamples; i++) y[to + i] = outRe[i]! / fromSamples + first;
  };
}
