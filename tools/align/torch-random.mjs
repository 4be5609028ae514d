// The random numbers of PyTorch on a CPU, as far as a training needs them: its generator is MT19937 (Matsumoto and Nishimura, 1998), and
// each draw takes numbers from it in a fixed order. So a training that PyTorch began can begin here with the same bits.

const LENGTH = 624;
const SHIFT = 397;

export class TorchRandom {
  #state = new Uint32Array(LENGTH);
  #at = LENGTH;

  /** As torch.manual_seed(seed), and as torch.Generator().manual_seed(seed). */
  constructor(seed) {
    this.#state[0] = seed;
    for (let i = 1; i < LENGTH; i++) {
      const before = this.#state[i - 1] ^ (this.#state[i - 1] >>> 30);
      this.#state[i] = Math.imul(1812433253, before) + i;
    }
  }

  /** 32 random bits. */
  bits() {
    if (this.#at === LENGTH) this.#twist();
    let y = this.#state[this.#at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** torch.randperm(count) */
  permutation(count) {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = 0; i < count - 1; i++) {
      const other = i + (this.bits() % (count - i));
      [order[i], order[other]] = [order[other], order[i]];
    }
    return order;
  }

  /** Tensor.uniform_(from, to) */
  uniform(count, from, to) {
    return Float32Array.from({ length: count }, () => (this.bits() & 0xffffff) * 2 ** -24 * (to - from) + from);
  }

  /** torch.randn(count), for multiples of 16: Box and Muller on blocks of 8 pairs. */
  normal(count) {
    const values = this.uniform(count, 0, 1);
    for (let block = 0; block < count; block += 16)
      for (let i = block; i < block + 8; i++) {
        const radius = Math.sqrt(-2 * Math.log(1 - values[i]));
        const angle = 2 * Math.PI * values[i + 8];
        values[i] = radius * Math.cos(angle);
        values[i + 8] = radius * Math.sin(angle);
      }
    return values;
  }

  #twist() {
    const s = this.#state;
    for (let i = 0; i < LENGTH; i++) {
      const y = (s[i] & 0x80000000) | (s[(i + 1) % LENGTH] & 0x7fffffff);
      s[i] = s[(i + SHIFT) % LENGTH] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}
