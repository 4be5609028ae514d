/** The first seconds of a stream, in which its rate is not known: what holds arrivals up then must not bend times. */

import { describe, expect, it } from "vitest";
import { randomNumbers } from "./testing/random-numbers.js";
import { type LinkOptions, simulateLink } from "./testing/simulated-link.js";
import { store, worstBeyond } from "./testing/stored-times.js";

const RATE = 250;
/** What a time may be wrong by beyond what is known: a latency timer and a little more (clock.ts). */
const TOLERANCE_MS = 20;

/** A stall of 3 s anywhere in the first 8 s, on a machine that reads late in its first 20. */
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

describe.each(["count", "device"] as const)("a hold-up of a stream's first seconds (clock: %s)", (clock) => {
  it("moves no time by more than what has arrived leaves open, however busy the machine", () => {
    const first: number[] = [], all: number[]=[];
    let lostAll = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const { samples, gaps } = store({ rate: RATE, clock }, simulateLink(hardBeginning(seed)));
      first.push(worstBeyond(samples.filter(({serial}) => serial < 10 * RATE), RATE));
      all.push(worstBeyond(samples, RATE));
      lostAll += gaps.length;
    }
    first.sort((a,b)=>b-a); all.sort((a,b)=>b-a);
    console.log("RES", clock, lostAll, first.slice(0,12).map(v=>v.toFixed(0)).join(" "), "|", all.slice(0,12).map(v=>v.toFixed(0)).join(" "));
  });
});
