/** Devices with a clock whose numbers or stamps jump ahead by what no loss explains: no sample may have a wrong time. */

import { describe, expect, it } from "vitest";
import { randomNumbers } from "./testing/random-numbers.js";
import { type LinkOptions, simulateLink } from "./testing/simulated-link.js";
import { type Sent, store, worstBeyond } from "./testing/stored-times.js";

const RATE = 100;
const TOLERANCE_MS = 20;

interface Restart {
  /** Nothing is taken from then on for `away` seconds; then numbers, and stamps, are `by` seconds further on than they were. */
  at: number;
  away: number;
  numbersBy: number;
  stampsBy: number;
}

function link(seed: number): LinkOptions & { rate: number } {
  const random = randomNumbers(seed);
  return {
    rate: RATE,
    seconds: 180,
    ppm: 200 * random() - 100,
    block: 1 + (seed % 4),
    latencyTimerMs: seed % 3 ? 16 : 0,
    lateShare: 0.05,
    startUs: 2 ** 32 - 150e6 * random(),
    seed,
  };
}

/** What a device sends that begins anew, and the serial number of its first sample since. */
function withRestart(
  options: LinkOptions,
  { at, away, numbersBy, stampsBy }: Restart,
): { packets: Sent[]; first: number } {
  const [from, until] = [at * RATE, (at + away) * RATE];
  const packets = simulateLink(options).flatMap((packet): Sent[] => {
    if (packet.index < from) return [packet];
    if (packet.index < until) return [];
    const number = packet.index + Math.round((numbersBy - away) * RATE);
    const timeUs = (packet.timeUs + Math.round((stampsBy - away) * 1e6) + 2 ** 32) % 2 ** 32;
    return [{ ...packet, number, timeUs }];
  });
  return { packets, first: packets.find(({ index }) => index >= until)!.index };
}

/** Silences and jumps that differ by more than delay and drift explain. */
function* restarts(seeds: number): Generator<{ seed: number; restart: Restart }> {
  for (let seed = 1; seed <= seeds; seed++) {
    const random = randomNumbers(1000 + seed);
    const at = 2 + 100 * random() ** 2;
    const away = 0.2 + 30 * random() ** 2;
    const apart = 0.4 + 0.12 * away + 20 * random();
    // One that was away for less than a second is known by what is yet to come only: nothing is a silence before.
    const ahead = away < 1.2 || apart >= away || random() < 0.5;
    const by = ahead ? away + apart * 1.2 : away - apart;
    yield { seed, restart: { at, away, numbersBy: by, stampsBy: by } };
  }
}

describe("a device with a clock", () => {
  it("that begins anew with number and stamp ahead of its last ones is seen to, and no time is wrong", () => {
    let behind = 0;
    for (const { seed, restart } of restarts(16)) {
      if (restart.numbersBy < restart.away) behind++;
      const { packets, first } = withRestart(link(seed), restart);
      const { samples, timeline, gaps } = store({ rate: RATE }, packets);
      const what = `seed ${seed}: ${JSON.stringify(restart)}`;
      expect(timeline.stats, what).toMatchObject({ restarts: 1, duplicates: 0, clockJumps: 0 });
      expect(worstBeyond(samples, RATE, [first]), what).toBeLessThan(TOLERANCE_MS);
      expect(gaps.map(({ cause }) => cause)).toEqual(["restart"]);
      // By what delayed the first arrivals behind it.
      expect(Math.abs(gaps[0]!.samples - restart.away * RATE), what).toBeLessThan(12);
    }
    expect(behind).toBeGreaterThan(2);
  });

  it("whose numbers alone jump ahead, by more time than has passed, began anew", () => {
    for (const [seed, by] of [0.4, 2, 10, 600].entries()) {
      const { packets, first } = withRestart(link(seed), { at: 60, away: 0, numbersBy: by, stampsBy: 0 });
      const { samples, timeline, gaps } = store({ rate: RATE }, packets);
      expect(timeline.stats, `by ${by} s`).toMatchObject({ samples: samples.length, restarts: 1, clockJumps: 0 });
      // By what delayed the first arrivals behind it.
      expect(timeline.stats.lost).toBeLessThan(12);
      expect(gaps.every(({ cause }) => cause === "restart")).toBe(true);
      expect(worstBeyond(samples, RATE, [first]), `by ${by} s`).toBeLessThan(TOLERANCE_MS);
    }
  });

  it("whose clock and numbers stood still has a gap as long as it did", () => {
    for (const [seed, away] of [1.5, 3, 21].entries()) {
      const { packets, first } = withRestart(link(seed), { at: 42, away, numbersBy: 0, stampsBy: 0 });
      const { samples, timeline, gaps } = store({ rate: RATE }, packets);
      expect(
        gaps.map(({ cause }) => cause),
        `${away} s ${JSON.stringify(timeline.stats)}`,
      ).toEqual(["clock"]);
      expect(Math.abs(timeline.stats.lost - away * RATE)).toBeLessThan(12);
      expect(timeline.stats.restarts).toBe(0);
      expect(worstBeyond(samples, RATE, [first]), `for ${away} s`).toBeLessThan(TOLERANCE_MS);
      // What it did not take is no sign of its rate, nor of its drift.
      const { rate, driftPpm } = timeline.time;
      expect(Math.abs(rate / RATE - 1)).toBeLessThan(5e-4);
      expect(Math.abs(driftPpm)).toBeLessThan(200);
    }
  });

  it("that was held up, has lost some, and goes on over the wrap of its clock did not begin anew", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = randomNumbers(seed);
      const at = 2 + 120 * random();
      const seconds = 1.1 + 8 * random();
      // Of what was held up the first part did not fit.
      const kept = at + seconds * random();
      const all = simulateLink({ ...link(seed), stall: { at, seconds } });
      const packets = all.filter(({ index }) => index < at * RATE || index >= kept * RATE);
      const { samples, timeline } = store({ rate: RATE }, packets);
      const sent = packets.reduce((sum, { count }) => sum + count, 0);
      const what = `seed ${seed}: ${at} to ${at + seconds}, kept from ${kept}`;
      const lost = packets.at(-1)!.index + packets.at(-1)!.count - packets[0]!.index - sent;
      expect(timeline.stats, what).toEqual({ samples: sent, lost, duplicates: 0, restarts: 0, clockJumps: 0 });
      expect(worstBeyond(samples, RATE), what).toBeLessThan(TOLERANCE_MS);
    }
  });

  it("that took no samples for a while, as its clock says, keeps its rate", () => {
    const { packets } = withRestart(link(1), { at: 40, away: 20, numbersBy: 0, stampsBy: 20 });
    const { timeline, gaps } = store({ rate: RATE }, packets);
    expect(gaps.map(({ cause }) => cause)).toEqual(["clock"]);
    expect(Math.abs(timeline.stats.lost - 20 * RATE)).toBeLessThan(3);
    expect(Math.abs(timeline.time.rate / RATE - 1)).toBeLessThan(5e-4);
  });
});
