import { describe, expect, it } from "vitest";
import type { SampleBlock } from "../devices/types.js";
import { StreamClock } from "./clock.js";
import { createRing, RingReader, RingWriter } from "./ring.js";
import { type LinkOptions, type Packet, simulateLink } from "./testing/simulated-link.js";
import { type Gap, Timeline } from "./timeline.js";

/** A cheap USB link: bunches of 16 ms, one packet in twenty late, a stall, and a device clock that wraps after five minutes. */
const HARD: LinkOptions = {
  rate: 100,
  seconds: 900,
  ppm: 40,
  latencyTimerMs: 16,
  lateShare: 0.05,
  lateMs: 80,
  stall: { at: 215, seconds: 3 },
  startUs: 2 ** 32 - 300e6,
};

function follow(options: LinkOptions, claimedRate = options.rate, clock: "device" | "count" = "device") {
  const memory = createRing(1, Math.ceil(claimedRate * options.seconds * 1.3));
  const gaps: Gap[] = [];
  const descriptor = {
    id: 0,
    name: "ppg",
    channels: [{ name: "ppg", unit: "", scale: 1, offset: 0 }],
    rate: claimedRate,
    speed: 1,
    clock,
    next: 0,
  };
  const timeline = new Timeline(descriptor, new RingWriter(memory), (gap) => gaps.push(gap));
  const ring = new RingReader(memory);
  const push = (packet: Packet, index = packet.index): void => {
    const { count, timeUs, arrival } = packet;
    const values = new Float64Array(count);
    const block: SampleBlock = {
      stream: 0,
      index,
      timeUs,
      count,
      values,
      restarted: false,
      clipped: false,
      dropped: false,
    };
    timeline.push(block, arrival, arrival);
  };
  return { timeline, ring, gaps, push };
}

/** ms between the given and the true time of each packet's last sample. */
function errors(
  options: LinkOptions,
  from: number,
  clock: "device" | "count" = "device",
): { rms: number; worst: number } {
  const { timeline, ring, push } = follow(options, options.rate, clock);
  let squares = 0;
  let count = 0;
  let worst = 0;
  for (const packet of simulateLink(options)) {
    push(packet);
    if (packet.index < from * options.rate) continue;
    const error = ring.stretch(timeline.length - 1, 1).start - packet.last;
    squares += error * error;
    count++;
    worst = Math.max(worst, Math.abs(error));
  }
  return { rms: Math.sqrt(squares / count), worst };
}

describe("the clock", () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 3],
    [4, 10],
  ])("gives true times on a bad link (seed %i, %i samples a packet)", (seed, block) => {
    const options = { ...HARD, seed, block };
    expect(errors(options, 60).rms).toBeLessThan(1);
    expect(errors(options, 120).worst).toBeLessThan(2);
  });

  it.each([40, -40, 250])("finds a drift of %i ppm within 2 ppm after ten minutes", (ppm) => {
    const { timeline, push } = follow({ ...HARD, ppm });
    for (const packet of simulateLink({ ...HARD, ppm })) {
      push(packet);
      if (packet.index < 600 * HARD.rate || packet.index % 1000 !== 0) continue;
      const { driftPpm, driftErrorPpm, confidence, jitterMs } = timeline.time;
      expect(Math.abs(driftPpm - ppm)).toBeLessThan(2);
      expect(driftErrorPpm).toBeLessThan(2);
      expect(jitterMs).toBeLessThan(4);
      expect(confidence).toBeGreaterThan(0.9);
    }
    expect(timeline.stats).toEqual({ samples: 90_000, lost: 0, duplicates: 0, restarts: 0, clockJumps: 0 });
  });

  it("is not confident before it has seen a minute", () => {
    const { timeline, push } = follow(HARD);
    expect(timeline.time.confidence).toBe(0);
    for (const packet of simulateLink({ ...HARD, seconds: 31 })) push(packet);
    expect(timeline.time.confidence).toBeGreaterThan(0.4);
    expect(timeline.time.confidence).toBeLessThan(0.6);
  });

  it("never lets time run backwards", () => {
    const { timeline, ring, push } = follow({ ...HARD, block: 3 });
    for (const packet of simulateLink({ ...HARD, block: 3 })) push(packet);
    let before = 0;
    for (let i = 0; i < timeline.length; i += 3) {
      const { start } = ring.stretch(i, 1);
      expect(start).toBeGreaterThanOrEqual(before);
      before = start;
    }
  });

  it.each([
    ["device", 0.2, 2.5],
    ["device", 0.7, 1],
    ["device", 2.1, 3],
    ["device", 3.9, 0.4],
    ["count", 0.2, 2.5],
    ["count", 2.1, 3],
    ["count", 3.4, 0.9],
  ] as const)("forgets a hold-up of its first seconds (clock: %s, at %d s, of %d s)", (clock, at, seconds) => {
    const options = { ...HARD, seconds: 180, seed: 5, stall: { at, seconds } };
    expect(errors(options, 60, clock).rms).toBeLessThan(1);
    expect(errors(options, 120, clock).worst).toBeLessThan(2);
  });

  it("believes arrivals that are too early: what was counted too many does not bend its line", () => {
    // Arrivals are late by 0, 4 or 8 ms. A second that is off by up to 20 ms counts as one that agrees, so that those of the change bend a
    // young line by as much; of one that has settled they are too few to.
    const scatter = 8;
    for (const [settled, bent] of [
      [4, 20],
      [8, 20],
      [200, 0],
    ] as const) {
      const clock = new StreamClock(1, "count");
      for (let ms = 0; ms < settled * 1000; ms += 40) clock.observe(ms, ms + (ms % 12));
      // For a second everything comes twice.
      for (let ms = settled * 1000; ms < settled * 1000 + 2000; ms += 40)
        clock.observe(ms, (ms + settled * 1000) / 2 + (ms % 12));
      let worst = 0;
      for (let ms = settled * 1000 + 2000; ms < settled * 1000 + 60_000; ms += 40)
        worst = Math.max(worst, Math.abs(clock.observe(ms, ms - 1000 + (ms % 12)) - (ms - 1000)));
      expect(worst, `ms off after ${settled} s`).toBeLessThan(scatter + bent);
    }
  });
});

describe("the sample rate", () => {
  it("is found within 30 s where a device claims 250 Hz and takes 275, by its own stamps", () => {
    const { timeline, push } = follow({ rate: 275, seconds: 30 }, 250);
    for (const packet of simulateLink({
      rate: 275,
      seconds: 30,
      block: 5,
      latencyTimerMs: 16,
      lateShare: 0.05,
      ppm: 40,
    }))
      push(packet);
    const { rate, nominalRate, rateError, driftPpm } = timeline.time;
    expect(nominalRate).toBe(250);
    expect(rate).toBeCloseTo(275.011, 1);
    expect(rateError).toBeLessThan(0.1);
    expect(Math.abs(driftPpm - 40)).toBeLessThan(100);
  });

  it("is found within 30 s where the device sends no stamps, too", () => {
    const { timeline, ring, push, gaps } = follow({ rate: 275, seconds: 60 }, 250, "count");
    for (const packet of simulateLink({ rate: 275, seconds: 30, block: 5, latencyTimerMs: 16, lateShare: 0.05 }))
      push(packet);
    expect(timeline.time.rate).toBeCloseTo(275, 0);
    expect(timeline.time.clock).toBe("count");
    const { start, end } = ring.stretch(timeline.length - 275, 275);
    expect(end - start).toBeCloseTo(1000, -1);
    expect(gaps).toEqual([]);
  });

  it("is the claimed one until it has been found", () => {
    const { timeline, push } = follow({ rate: 275, seconds: 5 }, 250);
    for (const packet of simulateLink({ rate: 275, seconds: 5 })) push(packet);
    expect(timeline.time).toMatchObject({ rate: 250, rateError: null });
  });
});

describe("a device that counts nothing", () => {
  it("has a gap where later samples come too late for none to be missing", () => {
    const options = { rate: 100, seconds: 120, latencyTimerMs: 16, lateShare: 0.05 };
    const { timeline, push, gaps } = follow(options, 100, "count");
    let index = 0;
    for (const packet of simulateLink(options)) {
      if (packet.index >= 6000 && packet.index < 6200) continue;
      push(packet, index++);
    }
    expect(gaps).toHaveLength(1);
    expect(gaps[0]!.cause).toBe("clock");
    expect(gaps[0]!.samples).toBeGreaterThanOrEqual(197);
    expect(gaps[0]!.samples).toBeLessThanOrEqual(203);
    expect(timeline.length).toBe(11_800 + gaps[0]!.samples);
  });

  it("has none after a stall that held samples up without losing any", () => {
    const options = { ...HARD, ppm: 0, seconds: 300 };
    const { push, gaps } = follow(options, 100, "count");
    for (const packet of simulateLink(options)) push(packet);
    expect(gaps).toEqual([]);
  });

  it("takes seconds that arrive all at once for a hold-up, not for a jump", () => {
    const clock = new StreamClock(1);
    for (let ms = 0; ms < 8000; ms += 40) clock.observe(ms, ms);
    // The next 6.5 s come together.
    for (let ms = 8000; ms < 14_500; ms += 40) clock.observe(ms, 14_500);
    for (let ms = 14_520; ms < 40_000; ms += 40) expect(Math.abs(clock.observe(ms, ms) - ms)).toBeLessThan(1);
    expect(clock.takeJump()).toBe(0);
    expect(Math.abs(clock.report().driftPpm)).toBeLessThan(10);
  });
});
