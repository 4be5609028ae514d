import { describe, expect, it } from "vitest";
import type { SampleBlock, StreamDescriptor } from "../devices/types.js";
import { createRing, RingReader, RingWriter } from "./ring.js";
import { type Gap, Timeline } from "./timeline.js";

const RATE = 100;
const STREAM: StreamDescriptor = {
  id: 0,
  name: "ppg",
  channels: [{ name: "ppg", unit: "adc", scale: 1, offset: 0 }],
  rate: RATE,
  speed: 1,
  clock: "device",
  next: 0,
};

function block(index: number, count: number, change: Partial<SampleBlock> = {}): SampleBlock {
  return {
    stream: 0,
    index: index >>> 0,
    timeUs: (index * 10_000) >>> 0,
    count,
    values: Float64Array.from({ length: count }, (_, i) => index + i),
    restarted: false,
    clipped: false,
    dropped: false,
    ...change,
  };
}

function setUp(stream: Partial<StreamDescriptor> = {}) {
  const memory = createRing(1, 1000);
  const gaps: Gap[] = [];
  const timeline = new Timeline({ ...STREAM, ...stream }, new RingWriter(memory), (gap) => gaps.push(gap));
  const reader = new RingReader(memory);
  const read = (from: number, count: number): number[] => {
    const out = new Float64Array(count);
    expect(reader.read(from, count, [0], [out])).toBe(true);
    return [...out];
  };
  return { timeline, reader, read, gaps };
}

describe("timeline", () => {
  it("stores blocks in order and gives each sample its time", () => {
    const { timeline, reader, read } = setUp();
    expect(timeline.push(block(0, 5), 1000, 1000)).toBe(5);
    timeline.push(block(5, 5), 1050, 1050);
    expect(read(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // The newest sample of a block is as old as its arrival, the others a period of 10 ms each before it.
    expect(reader.stretch(0, 10)).toMatchObject({ start: 960, end: 1060, missing: 0 });
    expect(timeline.stats).toEqual({ samples: 10, lost: 0, duplicates: 0, restarts: 0, clockJumps: 0 });
  });

  it("drops what is sent twice, for however long, and does not take it for a device that began anew", () => {
    const { timeline } = setUp();
    for (let i = 0; i < 3 * RATE; i += 5) {
      expect(timeline.push(block(i, 5), 1000 + 10 * i, 0)).toBe(5);
      expect(timeline.push(block(i, 5), 1000 + 10 * i, 0)).toBe(0);
    }
    expect(timeline.stats).toEqual({ samples: 300, lost: 0, duplicates: 300, restarts: 0, clockJumps: 0 });
  });

  it("marks a gap to the sample and lays a straight line through it", () => {
    const { timeline, reader, read, gaps } = setUp();
    timeline.push(block(0, 5), 1000, 1000);
    timeline.push(block(8, 5), 1080, 1080);
    expect(read(4, 5)).toEqual([4, 5, 6, 7, 8]);
    expect(reader.stretch(0, 13).missing).toBe(3);
    expect(timeline.stats.lost).toBe(3);
    expect(gaps).toEqual([{ at: 5, samples: 3, cause: "lost" }]);
  });

  it("counts losses before the first block and after the last one", () => {
    const { timeline, gaps } = setUp();
    timeline.push(block(4, 5), 1000, 1000);
    timeline.finish(15, 2000);
    expect(timeline.stats).toMatchObject({ samples: 5, lost: 10 });
    expect(gaps.map((g) => [g.at, g.samples])).toEqual([
      [0, 4],
      [9, 6],
    ]);
  });

  it("drops what it already has", () => {
    const { timeline, read } = setUp();
    timeline.push(block(0, 5), 1000, 1000);
    expect(timeline.push(block(0, 5), 1010, 1010)).toBe(0);
    expect(timeline.push(block(3, 5), 1080, 1080)).toBe(3);
    expect(read(0, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(timeline.stats).toMatchObject({ samples: 8, duplicates: 7, lost: 0 });
  });

  it("goes on over the wrap of the sample counter and of the device clock", () => {
    const { timeline, gaps } = setUp({ next: 2 ** 32 - 5 });
    timeline.push(block(2 ** 32 - 5, 5), 1000, 1000);
    timeline.push(block(0, 5, { timeUs: ((2 ** 32 - 5) * 10_000 + 50_000) >>> 0 }), 1050, 1050);
    expect(timeline.stats).toEqual({ samples: 10, lost: 0, duplicates: 0, restarts: 0, clockJumps: 0 });
    expect(gaps).toEqual([]);
  });

  it("fills the time of a restart by the clock, since the counter begins anew", () => {
    const { timeline, gaps } = setUp();
    timeline.push(block(0, 500), 10_000, 10_000);
    timeline.describe({ ...STREAM, next: 0 });
    timeline.push(block(0, 10), 13_090, 13_090);
    expect(timeline.stats).toMatchObject({ samples: 510, restarts: 1, lost: 299 });
    expect(gaps).toEqual([{ at: 500, samples: 299, cause: "restart" }]);
  });

  it("does not take a hello of a running device for a restart", () => {
    const { timeline } = setUp();
    timeline.push(block(0, 5), 1000, 1000);
    timeline.describe({ ...STREAM, next: 10 });
    timeline.push(block(10, 5), 1100, 1100);
    expect(timeline.stats).toEqual({ samples: 10, lost: 5, duplicates: 0, restarts: 0, clockJumps: 0 });
  });

  it("takes a counter that jumps by hours for a restart", () => {
    const { timeline } = setUp();
    timeline.push(block(0, 5), 1000, 1000);
    timeline.push(block(3_000_000, 5), 1050, 1050);
    expect(timeline.stats).toMatchObject({ samples: 10, restarts: 1, lost: 0 });
  });

  it("marks samples that are not numbers", () => {
    const { timeline, reader, read, gaps } = setUp();
    timeline.push(block(0, 4, { values: Float64Array.of(1, Number.NaN, 3, Number.POSITIVE_INFINITY) }), 1000, 1000);
    expect(read(0, 4)).toEqual([1, 1, 3, 3]);
    expect(reader.stretch(0, 4).missing).toBe(2);
    expect(timeline.stats).toMatchObject({ samples: 2, lost: 2 });
    expect(gaps.length).toBe(2);
  });

  it("lays no line to a sample that is not a number", () => {
    const { timeline, read } = setUp();
    timeline.push(block(0, 2), 1000, 1000);
    timeline.push(block(4, 2, { values: Float64Array.of(Number.NaN, 5) }), 1040, 1040);
    timeline.push(block(8, 1, { values: Float64Array.of(Number.NaN) }), 1080, 1080);
    const all = read(0, 9);
    expect(all.every(Number.isFinite)).toBe(true);
    expect(all[5]).toBe(5);
    expect(timeline.stats).toMatchObject({ samples: 3, lost: 6 });
  });

  it("survives a line between the two largest numbers", () => {
    const { timeline, read } = setUp();
    timeline.push(block(0, 1, { values: Float64Array.of(-1.7e308) }), 1000, 1000);
    timeline.push(block(4, 1, { values: Float64Array.of(1.7e308) }), 1040, 1040);
    expect(read(0, 5).every(Number.isFinite)).toBe(true);
  });

  it("knows how often the device clock has wrapped during an outage", () => {
    const { timeline, reader } = setUp();
    timeline.push(block(0, 10), 10_000, 10_000);
    const outage = 40 * 60 * RATE;
    timeline.push(block(outage, 10), 10_000 + outage * 10, 10_000 + outage * 10);
    expect(reader.stretch(outage, 10).end).toBeCloseTo(10_000 + outage * 10 + 10, 3);
    expect(timeline.stats.lost).toBe(outage - 10);
  });

  it("passes over a gap that is longer than the ring, and keeps its end", () => {
    const { timeline, reader, read } = setUp();
    timeline.push(block(0, 10), 10_000, 10_000);
    timeline.push(block(300_000, 10), 3_010_000, 3_010_000);
    expect(reader.head).toBe(300_010);
    expect(reader.stretch(299_500, 510).missing).toBe(500);
    expect(read(299_998, 4)[2]).toBe(300_000);
  });

  it("notices a device that began anew without a word", () => {
    const { timeline } = setUp();
    for (let i = 0; i < 100; i++) timeline.push(block(i * 10, 10), 10_000 + i * 100, 0);
    for (let i = 0; i < 40; i++) timeline.push(block(i * 10, 10), 22_000 + i * 100, 0);
    const { restarts, samples, lost } = timeline.stats;
    expect(restarts).toBe(1);
    expect(samples).toBeGreaterThanOrEqual(1000 + 290);
    // The time between the last sample before and the first one after, about 3 s, is marked as missing.
    expect(lost).toBeGreaterThan(250);
    expect(lost).toBeLessThan(400);
  });

  it("keeps the time of receipt apart from the time of arrival, in gaps too", () => {
    const { timeline, reader } = setUp();
    timeline.push(block(0, 5), 1000, 900_000);
    timeline.push(block(10, 5), 1100, 900_100);
    expect(reader.stretch(0, 8).received).toBe(900_100);
    timeline.finish(20, 900_200);
    expect(reader.stretch(0, 20).received).toBe(900_200);
  });

  it("gives times that never run backwards, whatever the counter does", () => {
    const { timeline, reader } = setUp();
    timeline.push(block(0, 10), 10_000, 0);
    // A number that is ahead of both clocks: the device began anew.
    timeline.push(block(500, 10, { timeUs: 100_000 }), 10_100, 0);
    timeline.push(block(510, 10, { timeUs: 200_000 }), 10_200, 0);
    timeline.push(block(540, 10, { timeUs: 240_000 }), 10_240, 0);
    expect(timeline.stats).toMatchObject({ samples: 40, restarts: 1, lost: 20 });
    for (let at = 1; at < timeline.length; at++) expect(reader.timeOf(at)).toBeGreaterThan(reader.timeOf(at - 1));
  });

  it("gives each sample a later time than the one before, where the clock learns that all of them were too late", () => {
    const { timeline, reader } = setUp();
    // A first second that was held up by 200 ms; behind it, losses included, everything comes as it is taken.
    for (let i = 0; i < 100; i += 10) timeline.push(block(i, 10), 1300 + i * 10, 0);
    for (let i = 100; i < 140; i += 10) timeline.push(block(i, 10), 1100 + i * 10, 0);
    for (let i = 150; i < 300; i += 10) timeline.push(block(i, 10), 1100 + i * 10, 0);
    for (let at = 1; at < 300; at++) {
      const step = reader.stretch(at, 1).start - reader.stretch(at - 1, 1).start;
      expect(step, `from sample ${at - 1} to ${at}`).toBeGreaterThanOrEqual(4.99);
      expect(step).toBeLessThan(20);
    }
    expect(reader.stretch(299, 1).start).toBeCloseTo(1000 + 299 * 10 + 10, 6);
    expect(timeline.stats).toMatchObject({ samples: 290, lost: 10, restarts: 0 });
  });

  it("accounts for a device that plays faster than real time", () => {
    const { timeline, reader } = setUp({ speed: 20 });
    for (let i = 0; i < 20; i++) timeline.push(block(i * 10, 10), 1000 + i * 5, 1000 + i * 5);
    const { start, end } = reader.stretch(0, 200);
    expect(end - start).toBeCloseTo(100, 6);
  });

  it("is not thrown off by late arrivals", () => {
    const { timeline, reader } = setUp();
    for (let i = 0; i < 50; i++) timeline.push(block(i * 5, 5), 1000 + i * 50 + (i % 7) * 11, 0);
    for (const at of [100, 150, 200]) expect(reader.stretch(at, 1).start).toBeCloseTo(960 + at * 10, 6);
  });

  describe("impossible times", () => {
    /** Blocks of 5 samples, one each 50 ms, from number `from` on, received when their last sample is taken. */
    const feed = (
      timeline: Timeline,
      from: number,
      blocks: number,
      change: (n: number) => Partial<SampleBlock> = () => ({}),
    ) => {
      for (let k = 0; k < blocks; k++) {
        const n = from + 5 * k;
        timeline.push(block(n, 5, change(n)), 1000 + 10 * (n + 4), 1000 + 10 * (n + 4));
      }
    };

    it.each([
      ["back", -10],
      ["back by more than half its range", -2400],
      ["on", 10],
    ])("go on by the numbers when the clock is set %s", (_, seconds) => {
      const { timeline, reader, gaps } = setUp();
      feed(timeline, 0, 50);
      feed(timeline, 250, 50, (n) => ({ timeUs: (n * 10_000 + seconds * 1e6) >>> 0 }));
      expect(timeline.stats).toEqual({ samples: 500, lost: 0, duplicates: 0, restarts: 0, clockJumps: 1 });
      expect(gaps).toEqual([]);
      for (let n = 0; n < 500; n++) expect(reader.timeOf(n)).toBeCloseTo(1000 + 10 * n, 3);
    });

    it("show a pause that the numbers do not: a gap as long as the clock says", () => {
      const { timeline, reader, gaps } = setUp();
      feed(timeline, 0, 50);
      for (let n = 250; n < 300; n += 5) {
        const at = 1000 + 10 * (n + 4) + 2000;
        timeline.push(block(n, 5, { timeUs: n * 10_000 + 2e6 }), at, at);
      }
      expect(gaps).toEqual([{ at: 250, samples: 200, cause: "clock" }]);
      expect(timeline.stats).toMatchObject({ samples: 300, lost: 200, clockJumps: 0 });
      expect(reader.timeOf(450)).toBeCloseTo(1000 + 2500 + 2000, 3);
    });

    it("show that a number which was guessed is wrong", () => {
      const { timeline, reader, gaps } = setUp({ clock: "count" });
      feed(timeline, 0, 50);
      // Noise between two frames was taken for 4000 lost ones, 40 s that have not passed.
      for (let n = 250; n < 300; n += 5) timeline.push(block(n + 4000, 5), 1000 + 10 * (n + 4), 1000 + 10 * (n + 4));
      expect(gaps).toEqual([]);
      expect(timeline.stats).toMatchObject({ samples: 300, lost: 0, restarts: 0 });
      expect(reader.timeOf(299)).toBeCloseTo(1000 + 2990, 3);
    });
  });
});
