/**
 * Random numbers that are a function of seed, purpose and place: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). There is no state to save, so training that goes on after a crash draws what it
 * would have drawn.
 */
const ROUNDS = 10;
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
/** Added to the key after each round: the golden ratio, and the square root of 3 less 1. */
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;

/** The high 32 bits of a product of two 32-bit numbers; Math.imul gives the low ones. */
function highProduct(a: number, b: number): number {
  const low = (a & 0xffff) * (b & 0xffff);
  const left = (a >>> 16) * (b & 0xffff) + Math.floor(low / 65536);
  const right = (a & 0xffff) * (b >>> 16) + (left % 65536);
  return ((a >>> 16) * (b >>> 16) + Math.floor(left / 65536) + Math.floor(right / 65536)) >>> 0;
}

/** Four 32-bit numbers for a counter of four and a key of two. */
export function philox(counter: readonly number[], key: readonly number[]): [number, number, number, number] {
  let [a, b, c, d] = counter as [number, number, number, number];
  let [k0, k1] = key as [number, number];
  for (let round = 0; round < ROUNDS; round++) {
    const highA = highProduct(MULTIPLIERS[0], a);
    const lowA = Math.imul(MULTIPLIERS[0], a) >>> 0;
    const highC = highProduct(MULTIPLIERS[1], c);
    const lowC = Math.imul(MULTIPLIERS[1], c) >>> 0;
    [a, b, c, d] = [(highC ^ b ^ k0) >>> 0, lowC, (highA ^ d ^ k1) >>> 0, lowA];
    k0 = (k0 + WEYL[0]) >>> 0;
    k1 = (k1 + WEYL[1]) >>> 0;
  }
  return [a, b, c, d];
}

/** One sequence of random numbers; sequences of other seeds, purposes or numbers have nothing to do with it. */
export class Random {
  #drawn = 0;
  #block: readonly number[] = [];

  /**
   * @param seed whole number from 0 to 2^53 - 1
   * @param purpose what is drawn, up to 4 letters
   * @param index which of the sequences for it: an epoch, say
   */
  constructor(
    private readonly seed: number,
    private readonly purpose: string,
    private readonly index = 0,
  ) {}

  /** Uniform in [0, 1), of 32 bits. */
  uniform(): number {
    const place = this.#drawn % 4;
    if (place === 0) {
      let word = 0;
      for (const letter of this.purpose) word = ((word << 8) | letter.charCodeAt(0)) >>> 0;
      const block = Math.floor(this.#drawn / 4);
      this.#block = philox(
        [block >>> 0, Math.floor(block / 2 ** 32), this.index, word],
        [this.seed >>> 0, Math.floor(this.seed / 2 ** 32)],
      );
    }
    this.#drawn++;
    return this.#block[place]! / 2 ** 32;
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Uniform whole number from 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor(this.uniform() * end);
  }

  /** 0 to `length` - 1 in random order (Fisher and Yates). */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }
}
