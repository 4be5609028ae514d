import type { RingMemory } from "./ring.js";
import { RingReader } from "./ring.js";

/** A channel of one of several rings. */
export interface AlignedChannel {
  /** Index into the rings; 0 is the one whose samples windows are counted in. */
  readonly ring: number;
  readonly channel: number;
}

/** A slower stream may lie this far behind before its newest value no longer stands for the present, in its own periods. */
const FARTHEST = 3;

/**
 * Windows over streams of different rates, cut by time: for each sample of the first ring the others are read at that sample's host time,
 * on the straight line between their samples before and after it. A sample is lost where any channel's is.
 */
export class AlignedReader {
  readonly first: RingReader;
  private readonly others: RingReader[];
  private readonly times: Float64Array;

  /** @param longest samples of one `read` at most */
  constructor(
    rings: readonly RingMemory[],
    private readonly channels: readonly AlignedChannel[],
    longest: number,
  ) {
    const [first, ...others] = rings.map((memory) => new RingReader(memory));
    this.first = first!;
    this.others = others;
    this.times = new Float64Array(others.length > 0 ? longest : 0);
  }

  /** Whether every stream has come as far as sample `index - 1` of the first, or will come no farther. */
  reaches(index: number): boolean {
    if (this.first.head < index) return false;
    const time = this.first.timeOf(index - 1);
    // In this order: the head that is read behind the mark is the last one.
    return this.others.every((ring) => ring.ended || (ring.head > 0 && ring.timeOf(ring.head - 1) >= time));
  }

  /** Has the bells ring when `reaches(index)` may have become true. */
  wakeAt(index: number): void {
    this.first.wakeAt(index);
    for (const ring of this.others) ring.wakeAt(ring.head + 1);
  }

  /**
   * Copies samples [from, from + count), one array per channel, and marks what is lost.
   *
   * @returns false when the writer has overwritten part of them; `out` and `lost` are then not to be used
   */
  read(from: number, count: number, out: readonly Float64Array[], lost: Uint8Array): boolean {
    const { first, others, channels, times } = this;
    first.readLost(from, count, lost);
    if (others.length > 0) first.readTimes(from, count, times);
    for (const [position, { ring, channel }] of channels.entries()) {
      if (ring === 0) first.read(from, count, [channel], [out[position]!]);
      else readAt(others[ring - 1]!, channel, times, count, out[position]!, lost);
    }
    return first.holds(from);
  }
}

const pair = [new Float64Array(2)];
const marks = new Uint8Array(2);

function readAt(
  ring: RingReader,
  channel: number,
  times: Float64Array,
  count: number,
  out: Float64Array,
  lost: Uint8Array,
): void {
  const only = [channel];
  let at = ring.newestAt(times[0]!);
  for (let i = 0; i < count; i++) {
    const time = times[i]!;
    while (at + 1 < ring.head && ring.timeOf(at + 1) <= time) at++;
    const value = pair[0]!;
    if (at < 0 || !ring.holds(at)) {
      out[i] = 0;
      lost[i] = 1;
      continue;
    }
    const between = at + 1 < ring.head;
    ring.read(at, between ? 2 : 1, only, pair);
    ring.readLost(at, between ? 2 : 1, marks);
    const before = ring.timeOf(at);
    if (!between) {
      const period = at > 0 && ring.holds(at - 1) ? before - ring.timeOf(at - 1) : Number.POSITIVE_INFINITY;
      out[i] = value[0]!;
      if (marks[0] || time - before > FARTHEST * period) lost[i] = 1;
      continue;
    }
    const span = ring.timeOf(at + 1) - before;
    const share = span > 0 ? (time - before) / span : 0;
    out[i] = value[0]! * (1 - share) + value[1]! * share;
    if ((marks[0] && share < 1) || (marks[1] && share > 0)) lost[i] = 1;
  }
}
