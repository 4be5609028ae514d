import { BluesteinFft } from "./bluestein.js";
import { MixedRadixFft } from "./mixed-radix.js";

/** A complex discrete Fourier transform of fixed size, X_k = sum_n x_n exp(-2 pi i n k / size), in place. */
export interface Fft {
  readonly size: number;
  /** Swap `re` and `im` to get the inverse without its factor 1 / size. */
  transform(re: Float64Array, im: Float64Array): void;
}

// A butterfly of prime radix r costs r operations a value; beyond about this, three padded transforms cost less.
const LARGEST_RADIX = 31;

/** Prime factors, with 4 in place of 2 x 2: radix 4 needs no multiplications within its butterfly. */
export function radices(size: number): number[] {
  const found: number[] = [];
  let rest = size;
  for (; rest % 4 === 0; rest /= 4) found.push(4);
  for (let prime = 2; prime * prime <= rest; prime++) for (; rest % prime === 0; rest /= prime) found.push(prime);
  if (rest > 1) found.push(rest);
  return found;
}

/** Plans a transform of any size of at least 1; all tables are made here. */
export function planFft(size: number): Fft {
  const factors = radices(size);
  return Math.max(1, ...factors) <= LARGEST_RADIX ? new MixedRadixFft(size, factors) : new BluesteinFft(size);
}
