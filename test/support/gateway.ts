import { type LinkReport, openSource, type Source, type StreamDescriptor, type TimelineStats } from "biox-edge";
import { expect } from "vitest";
import { RingReader } from "../../src/stream/ring.js";
import type { FaultyDevice } from "./faulty-device.js";
import { Arrivals, expectTimes, TOLERANCE_MS } from "./true-times.js";
import { pause, until } from "./wait.js";
import type { Wire } from "./wires.js";

/** serialport empties its buffer in the midst of opening a port, at the cost of some frames: counters are those from then on. */
const SETTLE_MS = 3000;
const RECOVER_MS = 5000;

/** One slot of the ring: which sample it holds, or that it was lost, and its time. */
export interface Slot {
  lost: boolean;
  value: number;
  time: number;
}

/** A source that reads a faulty device, and all events of its link. */
export class Gateway {
  readonly links: string[] = [];
  readonly reasons: (string | undefined)[] = [];
  /** Of the first stream, since all had settled. */
  readonly gaps: { at: number; samples: number; cause: string }[] = [];
  private readonly allGaps: { at: number; samples: number; cause: string }[] = [];
  /** Slots and counters when all had settled. */
  private settled = { head: 0, stats: {} as TimelineStats, link: {} as LinkReport };

  private constructor(
    readonly source: Source,
    private readonly device: FaultyDevice,
    private readonly wire: Wire,
    private readonly arrivals: Arrivals,
  ) {
    source.on("link", ({ state, reason }) => {
      if (state === "reconnecting") arrivals.reconnected();
      this.links.push(state);
      this.reasons.push(reason);
    });
    source.on("gap", (gap) => {
      if (gap.stream !== source.streams[0]!.name) return;
      this.gaps.push(gap);
      this.allGaps.push(gap);
    });
  }

  static async open(device: FaultyDevice, wire: Wire): Promise<Gateway> {
    const arrivals = new Arrivals(wire);
    const onChunk = (bytes: Uint8Array, arrival: number): void => arrivals.push(bytes, arrival);
    const gateway = new Gateway(await openSource(device.uri, { onChunk }), device, wire, arrivals);
    await pause(SETTLE_MS);
    gateway.gaps.length = 0;
    gateway.settled = { head: gateway.reader.head, stats: gateway.firstStream, link: gateway.source.link };
    return gateway;
  }

  /** Pulls the device out once all that it has sent is here: what is on its way at that instant would be lost without an account. */
  async unplug(): Promise<void> {
    const { device, arrivals, wire } = this;
    device.mute = true;
    await until(() => arrivals.newest === device.sent.at(-1)! % wire.modulo, "the last frame");
    await device.unplug();
    device.mute = false;
  }

  /** Waits until a sample that the device takes from now on is there, at most the 5 s in which a stream must recover. */
  async recovers(): Promise<void> {
    const from = this.device.next;
    const begin = performance.now();
    const due = (): boolean => {
      const slots = this.slots(Math.min(this.reader.head, 100));
      return slots.some(({ lost, time }) => !lost && time >= this.device.taken[from]! - TOLERANCE_MS);
    };
    while (!due()) {
      expect(performance.now() - begin, "ms without a new sample").toBeLessThan(RECOVER_MS);
      await pause(20);
    }
    // What comes later must be right, too.
    await pause(1500);
  }

  /** Waits until the newest that was told of the link is `state`. */
  async told(state: string): Promise<void> {
    await until(() => this.links.at(-1) === state, `being told '${state}'`);
  }

  /** What has been counted of the first stream since all had settled. */
  get stats(): TimelineStats {
    return since(this.firstStream, this.settled.stats);
  }

  /** What the link has counted since all had settled. */
  get link(): LinkReport {
    return since(this.source.link, this.settled.link);
  }

  /** The newest slots of the first stream; where no number is given all since it had settled. */
  slots(count = this.reader.head - this.settled.head): Slot[] {
    const { reader } = this;
    const from = reader.head - count;
    const [values, times, lost] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
    expect(reader.read(from, count, [0], [values])).toBe(true);
    reader.readTimes(from, count, times);
    reader.readLost(from, count, lost);
    return Array.from(values, (value, i) => ({
      lost: lost[i] === 1,
      value: Math.round(value / this.wire.scale),
      time: times[i]!,
    }));
  }

  /** Every sample from the very first one on has the time at which it was taken, as far as what arrived can tell, but for `extra` ms. */
  expectTimes(extra = 0): void {
    const found = this.allGaps.filter(({ cause }) => cause !== "lost").map(({ at, samples }) => at + samples);
    const anew = new Set(found);
    const samples = this.slots(this.reader.head).flatMap(({ lost, value, time }, at) =>
      lost ? [] : [{ value, time, after: anew.has(at) }],
    );
    expectTimes(samples, this.arrivals, this.device, this.wire, extra);
  }

  /** Slots by which the length of a gap may be wrong that the clock alone tells: by what delayed the first block behind it. */
  get slotsUnknown(): number {
    const { device, wire } = this;
    let before = Number.POSITIVE_INFINITY;
    let longest = 0;
    for (const [place, delay] of this.arrivals.delays(device)) {
      const serial = device.sent[place]!;
      if (serial - before > wire.rate / 2) longest = Math.max(longest, delay);
      before = serial;
    }
    return Math.ceil(((TOLERANCE_MS + longest) * wire.rate) / 1000);
  }

  async close(): Promise<void> {
    await this.source.close();
    await this.device.end();
  }

  private get firstStream(): TimelineStats {
    const [{ id }] = this.source.streams as [StreamDescriptor];
    return this.source.statsOf((stream) => stream === id);
  }

  private get reader(): RingReader {
    return new RingReader(this.source.ring(this.source.streams[0]!.id));
  }
}

/** Numbers of `now` less those of `before`; what is no number stays. */
function since<T extends object>(now: T, before: T): T {
  const entries = Object.entries(now).map(([key, value]) => [
    key,
    typeof value === "number" ? value - (before[key as keyof T] as number) : value,
  ]);
  return Object.fromEntries(entries) as T;
}
