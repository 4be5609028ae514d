import { describe, expect, it } from "vitest";
import { DEVICES } from "../registry.js";
import { emulatedStreams } from "./converse.js";
import { playbackSignal } from "./playback.js";
import { syntheticSignal } from "./signal.js";

const channel = (name: string, unit = "adc", scale = 1) => ({ name, unit, scale, offset: 0 });
const stream = (id: number, rate: number, ...channels: ReturnType<typeof channel>[]) => ({
  id,
  name: `s${id}`,
  rate,
  channels,
  speed: 1,
  clock: "count" as const,
  next: undefined,
});

describe("syntheticSignal", () => {
  const streams = [
    stream(0, 250, channel("pleth"), channel("ecg", "uV", 0.5), channel("ir")),
    stream(1, 1, channel("temperature", "degC", 0.01)),
  ];

  it("beats at its rate", () => {
    const signal = syntheticSignal(streams, { hr: 90, noise: 0 });
    const beats = (c: number, level: number) => {
      let count = 0;
      for (let n = 1; n <= 250 * 60; n++) if (signal(0, c, n) >= level && signal(0, c, n - 1) < level) count++;
      return count;
    };
    expect(beats(0, 70)).toBe(90);
    expect(beats(1, 1200)).toBe(90); // 0.6 mV in steps of 0.5 uV
  });

  it("stays within 7 bits where there is no unit, and in the unit where there is one", () => {
    const signal = syntheticSignal(streams, { noise: 0.2 });
    for (let n = 0; n < 1000; n++) {
      expect(signal(0, 0, n)).toBeGreaterThanOrEqual(0);
      expect(signal(0, 0, n)).toBeLessThan(128);
    }
    expect(signal(0, 2, 0)).toBeGreaterThan(20_000);
    expect(signal(1, 0, 5)).toBe(3660);
    expect(signal(7, 0, 0)).toBe(0);
  });

  it("gives a sample the same value each time, noise included, and another with another seed", () => {
    const [a, b] = [syntheticSignal(streams, { seed: 1, noise: 1 }), syntheticSignal(streams, { seed: 2, noise: 1 })];
    const of = (signal: typeof a) => Array.from({ length: 100 }, (_, n) => signal(0, 0, n));
    expect(of(a)).toEqual(of(a));
    expect(of(a)).not.toEqual(of(b));
    expect(new Set(of(a)).size).toBeGreaterThan(20);
  });
});

describe("playbackSignal", () => {
  const streams = [stream(0, 100, channel("red"), channel("ir", "adc", 2)), stream(1, 50, channel("ecg"))];
  const column = (...values: number[]) => Float64Array.from(values);

  it("plays a column on the channel of its name, others on the first that is left", () => {
    const playback = { channels: ["x", "ir"], rate: 100, samples: [column(1, 2, 3), column(10, 20, 30)] };
    const signal = playbackSignal(streams, playback, () => -1);
    expect([0, 1, 2].map((n) => signal(0, 0, n))).toEqual([1, 2, 3]);
    expect([0, 1, 2].map((n) => signal(0, 1, n))).toEqual([5, 10, 15]);
    expect(signal(1, 0, 0)).toBe(-1);
  });

  it("puts the line between rows where the rates differ, and holds the last", () => {
    const signal = playbackSignal(streams, { channels: ["red"], rate: 50, samples: [column(0, 10, 30)] }, () => 0);
    expect([0, 1, 2, 3, 4, 5, 60].map((n) => signal(0, 0, n))).toEqual([0, 5, 10, 20, 30, 30, 30]);
  });
});

it("every emulated device says which streams it has", () => {
  for (const device of DEVICES.filter((entry) => entry.createEmulator))
    expect(emulatedStreams(device).length, device.id).toBeGreaterThan(0);
});
