/** The first seconds of a stream, in which its rate is not known: what holds arrivals up then must not bend times. */

import { describe, expect, it } from "vitest";
import { randomNumbers } from "./testing/random-numbers.js";
import { type LinkOptions, simulateLink } from "./testing/simulated-link.js";
import { store, worstBeyond } from "./testing/stored-times.js";

const RATE = 250;
/** What a time may be wrong by beyond what is known: a latency timer and a little more (clock.ts). */
const TOLERANCE_MS = 20;
/** By so much more where everything was late for 20 s: 0.4 %, the steepest slope of a device that takes what it claims, over ten of them. */
const LEANING_MS = 40;

/** A stall of 3 s anywhere in the first 8 s, on a machine that reads up to 1 s late in its first 20. */
function hardBeginning(seed: number): LinkOptions {
  const random = randomNumbers(seed);
  return {
    rate: RATE,
    seconds: 40,
    ppm: 2000 * random() - 1000,
    block: 1 + (seed % 3),
    latencyTimerMs: seed % 2 ? 16 : 0,
    lateShare: 0.05,
    busy: { until: 20, ms: 1000 * random() },
    stall: { at: 0.2 + 8 * random(), seconds: 3 },
    seed,
  };
}

describe.each(["count", "device"] as const)("a stream's first seconds (clock: %s)", (clock) => {
  it("have true times as far as what has arrived can tell, whatever holds it up", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { samples, gaps, timeline } = store({ rate: RATE, clock }, simulateLink(hardBeginning(seed)));
      const first = samples.filter(({ serial }) => serial < 12 * RATE);
      expect(worstBeyond(first, RATE), `of the first 12 s, seed ${seed}`).toBeLessThan(TOLERANCE_MS);
      expect(worstBeyond(samples, RATE), `seed ${seed}`).toBeLessThan(TOLERANCE_MS + LEANING_MS);
      expect(gaps).toEqual([]);
      expect(timeline.stats).toMatchObject({ lost: 0, duplicates: 0, restarts: 0, clockJumps: 0 });
    }
  });
});

it.each([225, 240, 260, 275])("a device that claims 250 Hz and takes %d has true times after some seconds", (rate) => {
  for (let seed = 1; seed <= 10; seed++) {
    const link = { rate, seconds: 40, block: 5, latencyTimerMs: 16, lateShare: 0.05, seed };
    const { samples, gaps } = store({ rate: RATE, clock: "count" }, simulateLink(link));
    // Until six more seconds lie on its own line than on that of 250 Hz, times are those of 250 Hz.
    const known = samples.filter(({ serial }) => serial >= 10 * rate);
    expect(worstBeyond(known, rate), `seed ${seed}`).toBeLessThan(TOLERANCE_MS);
    expect(gaps).toEqual([]);
  }
});
