import { describe, expect, it } from "vitest";
import type { SampleBlock } from "../devices/types.js";
import { createRing, RingReader, RingWriter } from "./ring.js";
import { SilenceJudge } from "./silence-judge.js";
import { type Gap, Timeline } from "./timeline.js";

const RATE = 60;
const PERIOD = 1000 / RATE;
const DELAY = 5;

/** Samples of a device without a counter, whose values are their serial numbers: one a frame, pushed at the time it arrives. */
function setUp(rate = RATE) {
  const gaps: Gap[] = [];
  const memory = createRing(1, 10_000);
  const descriptor = {
    id: 0,
    name: "pulse",
    channels: [{ name: "pleth", unit: "adc", scale: 1, offset: 0 }],
    rate,
    speed: 1,
    clock: "count" as const,
    next: undefined,
  };
  const timeline = new Timeline(descriptor, new RingWriter(memory), (gap) => gaps.push(gap));
  const judge = new SilenceJudge(timeline, descriptor, (...block) => timeline.push(...block));
  const ring = new RingReader(memory);
  // One block for all, as decoders have it.
  const values = new Float64Array(1);
  let index = 0;
  const arrive = (serial: number, arrival: number): void => {
    values[0] = serial;
    const flags = { restarted: false, clipped: false, dropped: false };
    const block: SampleBlock = { stream: 0, index: index++, timeUs: 0, count: 1, values, ...flags };
    judge.take(block, arrival, arrival);
  };
  /** Worst error, ms, of the times of all samples that are not marked, from slot `from` on. */
  const worst = (from = 0): number => {
    const count = timeline.length - from;
    const [serials, times, lost] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
    ring.read(from, count, [0], [serials]);
    ring.readTimes(from, count, times);
    ring.readLost(from, count, lost);
    let most = 0;
    for (const [i, serial] of serials.entries())
      if (!lost[i]) most = Math.max(most, Math.abs(times[i]! - serial * PERIOD - DELAY));
    return most;
  };
  return { timeline, gaps, judge, arrive, worst };
}

/** True time of each sample; those for which `late` has an arrival come then, those for which it has null never. */
function play(seconds: number, late: (ms: number) => number | null, rate?: number) {
  const link = setUp(rate);
  for (let serial = 0; serial < seconds * RATE; serial++) {
    const arrival = late(serial * PERIOD);
    if (arrival !== null) link.arrive(serial, arrival + DELAY);
  }
  return link;
}

describe("after a silence of a device without a counter", () => {
  // From a time at which nothing of the clock is known but its first seconds, and from one at which it has settled.
  it.each([3000, 30_000])("a burst of all that was held back is no gap (from %i ms)", (at) => {
    const { timeline, gaps, worst } = play(60, (ms) => (ms >= at && ms < at + 3000 ? at + 3000 : ms));
    expect(gaps).toEqual([]);
    expect(timeline.stats).toMatchObject({ samples: 60 * RATE, lost: 0, restarts: 0 });
    expect(worst()).toBeLessThan(2);
  });

  it("a burst that takes a while to come through is none either", () => {
    // Three seconds, and what is taken meanwhile, at four times the rate.
    const { gaps, worst } = play(60, (ms) => (ms >= 20_000 && ms < 24_000 ? 23_000 + (ms - 20_000) / 4 : ms));
    expect(gaps).toEqual([]);
    expect(worst()).toBeLessThan(2);
  });

  it.each([3000, 30_000])("samples that go on as late as it was long show what is missing (from %i ms)", (at) => {
    const { timeline, gaps, worst } = play(60, (ms) => (ms >= at && ms < at + 3000 ? null : ms));
    expect(gaps).toEqual([{ at: (at * RATE) / 1000, samples: 3 * RATE, cause: "clock" }]);
    expect(timeline.length).toBe(60 * RATE);
    expect(worst()).toBeLessThan(2);
  });

  it("a buffer that was too small gives both", () => {
    // Of five seconds the last two were kept.
    const { gaps, worst } = play(60, (ms) => (ms < 20_000 || ms >= 25_000 ? ms : ms < 23_000 ? null : 25_000));
    expect(gaps).toEqual([{ at: 20 * RATE, samples: 3 * RATE, cause: "clock" }]);
    expect(worst()).toBeLessThan(2);
  });

  it("gives out what it holds when the link ends, or begins anew", () => {
    const { timeline, judge } = play(20.2, (ms) => (ms >= 17_000 && ms < 20_000 ? null : ms));
    expect(timeline.stats.samples).toBe(17 * RATE);
    judge.flush();
    expect(timeline.stats).toMatchObject({ samples: 17.2 * RATE, lost: 0 });
  });

  it("holds back nothing that comes at the pace of a slow stream", () => {
    const link = setUp(0.5);
    for (let i = 0; i < 30; i++) {
      link.arrive(i, 2000 * i);
      expect(link.timeline.length).toBe(i + 1);
    }
    expect(link.gaps).toEqual([]);
  });
});
