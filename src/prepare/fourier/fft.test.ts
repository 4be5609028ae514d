import { describe, expect, it } from "vitest";
import { planFft, radices } from "./fft.js";

/** The defining sum, with angles reduced so that they keep their digits. */
function slowTransform(re: Float64Array, im: Float64Array): [Float64Array, Float64Array] {
  const size = re.length;
  const [outRe, outIm] = [new Float64Array(size), new Float64Array(size)];
  for (let k = 0; k < size; k++) {
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((n * k) % size)) / size;
      outRe[k]! += re[n]! * Math.cos(angle) - im[n]! * Math.sin(angle);
      outIm[k]! += re[n]! * Math.sin(angle) + im[n]! * Math.cos(angle);
    }
  }
  return [outRe, outIm];
}

function noise(size: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

// 1 to 67 meets every radix, mixed and alone, and Bluestein from 37 on.
const SIZES = [...Array.from({ length: 67 }, (_, i) => i + 1), 74, 128, 375, 509, 1009, 1250];

describe("planFft", () => {
  it.each(SIZES)("equals the defining sum at size %i", (size) => {
    const [re, im] = [noise(size, 1), noise(size, 2)];
    const [expectedRe, expectedIm] = slowTransform(re, im);
    planFft(size).transform(re, im);
    for (let k = 0; k < size; k++) {
      expect(Math.abs(re[k]! - expectedRe[k]!)).toBeLessThan(1e-11);
      expect(Math.abs(im[k]! - expectedIm[k]!)).toBeLessThan(1e-11);
    }
  });

  it.each([60, 7500, 59_999, 60_000])("is undone by swapping real and imaginary parts at size %i", (size) => {
    const [re, im] = [noise(size, 3), noise(size, 4)];
    const [originalRe, originalIm] = [re.slice(), im.slice()];
    const fft = planFft(size);
    fft.transform(re, im);
    fft.transform(im, re);
    let worst = 0;
    for (let i = 0; i < size; i++)
      worst = Math.max(worst, Math.abs(re[i]! / size - originalRe[i]!), Math.abs(im[i]! / size - originalIm[i]!));
    expect(worst).toBeLessThan(1e-13);
  });
});

describe("radices", () => {
  it("multiply to the size, with 4 before 2", () => {
    expect(radices(7500)).toEqual([4, 3, 5, 5, 5, 5]);
    expect(radices(8)).toEqual([4, 2]);
    expect(radices(1)).toEqual([]);
    expect(radices(1009)).toEqual([1009]);
  });
});
