import type { SampleFrame } from "../../src/server/live/sample-frame.js";

/** Time in which samples were lost, epoch ms. */
export interface LostSpan {
  readonly from: number;
  to: number;
}

/** The newest samples of a stream, with their times. Lost ones are NaN, or not there: `lost` says where. */
export class SampleRing {
  readonly times: Float64Array;
  readonly values: Float32Array[];
  readonly lost: LostSpan[] = [];
  /** Slots written so far; slot i is at i modulo capacity. */
  head = 0;
  private next: number | undefined;

  constructor(
    readonly channels: number,
    readonly capacity: number,
  ) {
    this.times = new Float64Array(capacity);
    this.values = Array.from({ length: channels }, () => new Float32Array(capacity));
  }

  /** Slot of the oldest sample that is kept. */
  get tail(): number {
    return Math.max(0, this.head - this.capacity);
  }

  /** Time of the newest sample, epoch ms; undefined before the first. */
  get newest(): number | undefined {
    return this.head === 0 ? undefined : this.times[(this.head - 1) % this.capacity];
  }

  push({ time, period, index, count, channels, values }: SampleFrame): void {
    const { newest } = this;
    // A source that was set back in time begins a new picture.
    if (newest !== undefined && time <= newest - 1000) this.clear();
    else if (newest !== undefined && index !== this.next) {
      this.lose(newest + period, time, period);
      this.write(newest + period, () => Number.NaN);
    }
    for (let i = 0; i < count; i++) {
      const at = time + i * period;
      if (Number.isNaN(values[i * channels]!)) this.lose(at, at + period, period);
      this.write(at, (channel) => values[i * channels + channel]!);
    }
    this.next = index + count;
    const oldest = this.times[this.tail % this.capacity]!;
    while (this.lost.length > 0 && this.lost[0]!.to < oldest) this.lost.shift();
  }

  /** First slot whose time is `time` or later. */
  slotAt(time: number): number {
    let low = this.tail;
    let high = this.head;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.times[middle % this.capacity]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private clear(): void {
    this.head = 0;
    this.lost.length = 0;
  }

  private write(time: number, value: (channel: number) => number): void {
    const slot = this.head++ % this.capacity;
    this.times[slot] = time;
    for (let channel = 0; channel < this.channels; channel++) this.values[channel]![slot] = value(channel);
  }

  private lose(from: number, to: number, period: number): void {
    const last = this.lost.at(-1);
    // Samples that are lost one after another are one span.
    if (last && from - last.to < period / 2) last.to = Math.max(last.to, to);
    else this.lost.push({ from, to });
  }
}
