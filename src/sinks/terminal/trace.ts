/** The latest seconds of one channel, for drawing. Lost samples stay NaN. */
export class Trace {
  private readonly values: Float64Array;
  private next = 0;

  constructor(samples: number) {
    this.values = new Float64Array(Math.max(1, samples)).fill(Number.NaN);
  }

  /** @param index of the first of `count` samples; samples that were passed over are gaps */
  push(values: ArrayLike<number>, count: number, stride: number, offset: number, index: number): void {
    const size = this.values.length;
    for (let i = Math.max(this.next, index - size); i < index; i++) this.values[i % size] = Number.NaN;
    for (let i = Math.max(0, count - size); i < count; i++)
      this.values[(index + i) % size] = values[i * stride + offset]!;
    this.next = index + count;
  }

  /** Oldest first. */
  latest(): Float64Array {
    const size = this.values.length;
    const from = this.next % size;
    const out = new Float64Array(size);
    out.set(this.values.subarray(from));
    out.set(this.values.subarray(0, from), size - from);
    return out;
  }
}
