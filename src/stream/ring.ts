import type { Bell } from "./bell.js";

/**
 * The ring in shared memory between the main thread, which writes samples as they arrive, and the engine, which reads windows.
 *
 * Slot `i % capacity` holds sample `i`, counted from the first sample of the stream. A slot has a value per channel, the host time
 * at which the device took the sample, the time at which its last byte was received, and a mark where the sample was lost on the way.
 * One writer, any number of readers; readers never block the writer, so a reader that is too slow finds its samples overwritten and is told.
 */

const HEAD = 0;
const ENDED = 1;
const WAKE_AT = 2;
/** The head that the write under way will reach: slots that it may be overwriting are already not to be trusted. */
const RESERVED = 3;
const CONTROL_WORDS = 4;

/** The plain data that crosses to another thread; {@link RingReader} and {@link RingWriter} are views of it. */
export interface RingMemory {
  readonly channels: number;
  /** Samples that the ring holds before it overwrites the oldest. */
  readonly capacity: number;
  readonly control: SharedArrayBuffer;
  readonly values: SharedArrayBuffer;
  readonly times: SharedArrayBuffer;
  readonly received: SharedArrayBuffer;
  readonly missing: SharedArrayBuffer;
}

export function createRing(channels: number, capacity: number): RingMemory {
  return {
    channels,
    capacity,
    control: new SharedArrayBuffer(CONTROL_WORDS * 8),
    values: new SharedArrayBuffer(capacity * channels * 8),
    times: new SharedArrayBuffer(capacity * 8),
    received: new SharedArrayBuffer(capacity * 8),
    missing: new SharedArrayBuffer(capacity),
  };
}

class RingView {
  readonly channels: number;
  readonly capacity: number;
  protected readonly control: BigInt64Array;
  protected readonly values: Float64Array;
  protected readonly times: Float64Array;
  protected readonly receivedAt: Float64Array;
  protected readonly lost: Uint8Array;

  constructor(memory: RingMemory) {
    this.channels = memory.channels;
    this.capacity = memory.capacity;
    this.control = new BigInt64Array(memory.control);
    this.values = new Float64Array(memory.values);
    this.times = new Float64Array(memory.times);
    this.receivedAt = new Float64Array(memory.received);
    this.lost = new Uint8Array(memory.missing);
  }

  /** Number of samples written since the stream began, lost ones included; the newest sample is `head - 1`. */
  get head(): number {
    return Number(Atomics.load(this.control, HEAD));
  }

  /** Samples that were written and are no longer there. */
  get overwritten(): number {
    return Math.max(0, this.head - this.capacity);
  }

  /** When the newest sample was received, epoch ms; undefined before the first. */
  get newestReceived(): number | undefined {
    const { head } = this;
    return head > 0 ? this.receivedAt[(head - 1) % this.capacity]! : undefined;
  }

  /** Whether the writer has said that no more will come. Read it before `head`: then that head is the last one. */
  get ended(): boolean {
    return Atomics.load(this.control, ENDED) !== 0n;
  }
}

/** What takes samples in their order: a ring, or whatever else wants each of them once. */
export type SampleSink = Pick<RingWriter, "write" | "skip" | "capacity">;

export class RingWriter extends RingView {
  /** Of the threads that read this ring. */
  readonly bells = new Set<Bell>();

  /**
   * Appends `count` samples.
   *
   * @param values `count * channels` numbers, interleaved
   * @param firstTime host time of the first sample, epoch ms
   * @param period ms between two samples in host time
   * @param received epoch ms at which the bytes of these samples were read
   */
  write(
    values: Float64Array,
    count: number,
    firstTime: number,
    period: number,
    received: number,
    missing = false,
  ): void {
    let index = this.head;
    const channels = this.channels;
    Atomics.store(this.control, RESERVED, BigInt(index + count));
    // Of a block that is longer than the ring only the newest part can stay.
    const skip = Math.max(0, count - this.capacity);
    for (let i = skip; i < count; i++) {
      const slot = (index + i) % this.capacity;
      for (let c = 0; c < channels; c++) this.values[slot * channels + c] = values[i * channels + c]!;
      this.times[slot] = firstTime + i * period;
      this.receivedAt[slot] = received;
      this.lost[slot] = missing ? 1 : 0;
    }
    index += count;
    Atomics.store(this.control, HEAD, BigInt(index));
    if (index >= Number(Atomics.load(this.control, WAKE_AT))) this.wake();
  }

  /** Passes over `count` samples that nobody will need: only slots that the next ones overwrite anyway may be left out so. */
  skip(count: number): void {
    const index = BigInt(this.head + count);
    Atomics.store(this.control, RESERVED, index);
    Atomics.store(this.control, HEAD, index);
  }

  /** No more will come. */
  end(): void {
    Atomics.store(this.control, ENDED, 1n);
    this.wake();
  }

  private wake(): void {
    for (const bell of this.bells) bell.ring();
  }
}

/** Facts of a stretch of samples beside their values. */
export interface Stretch {
  /** Host time of the first sample and of the instant after the last one, epoch ms. */
  start: number;
  end: number;
  /** When the last byte of the stretch was received, epoch ms. */
  received: number;
  /** How many of its samples were lost on the way. */
  missing: number;
}

export class RingReader extends RingView {
  /**
   * Has the bells ring when sample `index - 1` is there. It may be there already: look at the head once more before going to sleep.
   * Of several readers the one that waits for the earliest sample decides; the others are woken too early and ask again.
   */
  wakeAt(index: number): void {
    const asked = Number(Atomics.load(this.control, WAKE_AT));
    if (asked <= this.head || asked > index) Atomics.store(this.control, WAKE_AT, BigInt(index));
  }

  /**
   * Copies samples [from, from + count) of the chosen channels.
   *
   * @returns false when the writer has overwritten part of them; `out` is then not to be used.
   */
  read(from: number, count: number, channels: readonly number[], out: readonly Float64Array[]): boolean {
    const stride = this.channels;
    for (let c = 0; c < channels.length; c++) {
      const target = out[c]!;
      let slot = from % this.capacity;
      let at = slot * stride + channels[c]!;
      for (let i = 0; i < count; i++) {
        target[i] = this.values[at]!;
        at += stride;
        if (++slot === this.capacity) {
          slot = 0;
          at = channels[c]!;
        }
      }
    }
    return this.holds(from);
  }

  /** Marks of samples [from, from + count): 1 where it was lost on the way. */
  readLost(from: number, count: number, out: Uint8Array): void {
    let slot = from % this.capacity;
    for (let i = 0; i < count; i++) {
      out[i] = this.lost[slot]!;
      if (++slot === this.capacity) slot = 0;
    }
  }

  /** Host times of samples [from, from + count), epoch ms. */
  readTimes(from: number, count: number, out: Float64Array): void {
    let slot = from % this.capacity;
    for (let i = 0; i < count; i++) {
      out[i] = this.times[slot]!;
      if (++slot === this.capacity) slot = 0;
    }
  }

  /** Host time of sample `index`, epoch ms. */
  timeOf(index: number): number {
    return this.times[index % this.capacity]!;
  }

  /** Number of the newest sample that was taken at `time` or before; -1 where the ring holds none so old. */
  newestAt(time: number): number {
    let low = Math.max(0, this.head - this.capacity + 1) - 1;
    let high = this.head - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.timeOf(middle) <= time) low = middle;
      else high = middle - 1;
    }
    return low >= 0 && this.timeOf(low) <= time ? low : -1;
  }

  /**
   * Copies the newest `count` samples of the chosen channels, in order.
   *
   * @returns number of the first of them; -1 where there are not as many, or the writer was faster: `out` is then not to be used
   */
  readNewest(count: number, channels: readonly number[], out: readonly Float64Array[]): number {
    const from = this.head - count;
    return from >= 0 && count <= this.capacity && this.read(from, count, channels, out) ? from : -1;
  }

  /** The facts of samples [from, from + count); meaningful while {@link holds}(from). */
  stretch(from: number, count: number): Stretch {
    const first = from % this.capacity;
    const last = (from + count - 1) % this.capacity;
    let missing = 0;
    for (let i = 0; i < count; i++) missing += this.lost[(first + i) % this.capacity]!;
    const start = this.times[first]!;
    const span = this.times[last]! - start;
    return {
      start,
      end: this.times[last]! + (count > 1 ? span / (count - 1) : 0),
      received: this.receivedAt[last]!,
      missing,
    };
  }

  /** When sample `index` was received, epoch ms. */
  received(index: number): number {
    return this.receivedAt[index % this.capacity]!;
  }

  /** True while sample `index` has not been overwritten. */
  holds(index: number): boolean {
    return Number(Atomics.load(this.control, RESERVED)) - index <= this.capacity;
  }
}
