import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DeviceMessage, StreamDescriptor } from "../devices/types.js";
import { SilenceWatch } from "./silence-watch.js";

const stream = (id: number, rate: number): StreamDescriptor => ({
  ...{ id, name: `s${id}`, channels: [], rate, speed: 1, clock: "device", next: undefined },
});
const hello = (...streams: StreamDescriptor[]): DeviceMessage => ({ type: "hello", device: "", firmware: "", streams });
const samples = (stream: number, count: number): DeviceMessage => {
  const block = { stream, index: 0, timeUs: 0, count, values: new Float64Array(count) };
  return { type: "samples", block: { ...block, restarted: false, clipped: false, dropped: false } };
};

describe("SilenceWatch", () => {
  let told: (number | "sound")[];
  let watch: SilenceWatch;
  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    watch = new SilenceWatch(
      (ms) => told.push(Math.round(ms / 1000)),
      () => told.push("sound"),
    );
    watch.begin();
  });
  afterEach(() => {
    watch.end();
    vi.useRealTimers();
  });

  it("tells once of silence, and once that it has ended", () => {
    watch.take(hello(stream(0, 100)));
    for (let i = 0; i < 100; i++) {
      watch.take(samples(0, 4));
      vi.advanceTimersByTime(40);
    }
    expect(told).toEqual([]);
    vi.advanceTimersByTime(9000);
    expect(told).toEqual([3]);
    watch.take(samples(0, 4));
    watch.take(samples(0, 4));
    expect(told).toEqual([3, "sound"]);
  });

  it("waits for a device that sends seldom, and goes by the stream that sends most often", () => {
    watch.take(hello(stream(0, 1)));
    watch.take(samples(0, 4));
    vi.advanceTimersByTime(11_000);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1500);
    expect(told).toEqual([12]);
    watch.take(hello(stream(1, 100)));
    watch.take(samples(1, 4));
    vi.advanceTimersByTime(3500);
    expect(told).toEqual([12, "sound", 3]);
  });

  it("says nothing of a device that has yet to describe itself", () => {
    vi.advanceTimersByTime(20_000);
    expect(told).toEqual([]);
  });

  it("does not take a hold-up of this process for one of the device", () => {
    watch.take(hello(stream(0, 100)));
    const held = performance.now() + 10_000;
    vi.setSystemTime(held);
    vi.spyOn(performance, "now").mockReturnValue(held);
    vi.advanceTimersToNextTimer();
    expect(told).toEqual([]);
    vi.mocked(performance.now).mockRestore();
  });
});
