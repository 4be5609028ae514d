/** Windows of rings with gaps, in the thread of the test. */

import { describe, expect, it } from "vitest";
import { compilePreparation } from "../prepare/index.js";
import { now } from "../stream/feed.js";
import { createRing, RingWriter } from "../stream/ring.js";
import type { GapPolicy } from "./gaps.js";
import type { Unpredicted } from "./types.js";
import { type LiveJob, type Taken, Wearer } from "./wearer.js";

const RATE = 100;
const SAMPLES = 400;

/** Samples 0 to 499, whose values are their numbers, with some lost: what the timeline has put there is a straight line, here 0. */
function windowOf(
  lost: readonly (readonly [from: number, count: number])[],
  gaps: GapPolicy,
  change: Partial<LiveJob> = {},
) {
  const memory = createRing(1, 4000);
  const writer = new RingWriter(memory);
  const isLost = (i: number): boolean => lost.some(([from, count]) => i >= from && i < from + count);
  for (let i = 0; i < SAMPLES; i++)
    writer.write(Float64Array.of(isLost(i) ? 0 : i + 1), 1, 10 * i, 10, now(), isLost(i));
  const preparation = compilePreparation([], { channels: 1, samples: SAMPLES, rate: RATE });
  const job: LiveJob = {
    source: "test",
    labels: ["a", "b"],
    modality: "ppg",
    channels: [{ ring: 0, channel: 0 }],
    rate: RATE,
    plan: { samples: SAMPLES, hop: 100 },
    hopMs: 1000,
    maxLost: 0.2,
    gaps,
    minimumQuality: 0,
    causal: false,
    ...change,
  };
  const wearer = new Wearer([memory], job, preparation);
  const input = preparation.createOutput() as Float64Array;
  return { wearer, writer, input, taken: wearer.take(input) };
}

describe("a window with gaps", () => {
  const lost = [
    [50, 4],
    [200, 20],
  ] as const;

  it("says where they are and that they were interpolated", () => {
    const { taken, input } = windowOf(lost, { policy: "interpolate" });
    expect(taken).toMatchObject({
      lost: 24,
      gaps: {
        seconds: 0.24,
        longestMs: 200,
        filled: "interpolated",
        ranges: [
          [50, 4],
          [200, 20],
        ],
      },
    });
    expect((taken as Taken).quality.reasons).toContain("drop-outs");
    expect(input[210]).toBe(0);
  });

  it("holds the last value where the bundle wants that", () => {
    const { taken, input } = windowOf(lost, { policy: "hold" });
    expect((taken as Taken).gaps!.filled).toBe("held");
    expect([...input.subarray(48, 56)]).toEqual([49, 50, 50, 50, 50, 50, 55, 56]);
    expect(input[219]).toBe(200);
    expect(input[220]).toBe(221);
  });

  it("is not given to the model where the bundle takes none, or none so long", () => {
    const skipped = windowOf(lost, { policy: "skip" }).taken as Unpredicted;
    expect(skipped).toMatchObject({ type: "unpredicted", lost: 24 });
    expect(skipped.reason).toBe("240 ms of the window were lost, and the bundle takes none with gaps");
    const long = windowOf(lost, { policy: "interpolate", longestMs: 150 }).taken as Unpredicted;
    expect(long.reason).toBe("the window has a gap of 200 ms, longer than the 150 ms that the bundle bridges");
    expect(windowOf(lost, { policy: "hold", longestMs: 200 }).taken).toHaveProperty("gaps.filled", "held");
  });

  it("is whole without any", () => {
    const { taken } = windowOf([], { policy: "skip" });
    expect(taken).toMatchObject({ lost: 0, gaps: undefined });
  });
});

describe("another rate", () => {
  it("cuts the next window about a hop after the last one, at the new length", () => {
    const { wearer, writer, input, taken } = windowOf([], { policy: "interpolate" });
    expect((taken as Taken).window).toEqual([0, 400]);
    const samples = 440;
    const preparation = compilePreparation([], { channels: 1, samples, rate: 110 });
    wearer.replan(
      {
        source: "test",
        labels: ["a", "b"],
        modality: "ppg",
        channels: [{ ring: 0, channel: 0 }],
        rate: 110,
        plan: { samples, hop: 110 },
        hopMs: 1000,
        maxLost: 0.2,
        gaps: { policy: "interpolate" },
        minimumQuality: 0,
        causal: false,
      },
      preparation,
    );
    expect(wearer.deadline).toBe(Number.POSITIVE_INFINITY);
    writer.write(new Float64Array(200), 200, 4000, 1000 / 110, now());
    const next = wearer.take(preparation.createOutput()) as Taken;
    expect(next.window[1] - next.window[0]).toBe(samples);
    expect(next.window[1]).toBeGreaterThan(400 + 50);
    expect(next.window[1]).toBeLessThan(400 + 170);
    expect(input).toHaveLength(SAMPLES);
  });
});
