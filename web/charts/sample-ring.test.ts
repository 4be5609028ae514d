import { expect, it } from "vitest";
import { decimate } from "./decimate.js";
import { SampleRing } from "./sample-ring.js";

/** Values from `index` on at 100 Hz, with time 0 at sample 0. */
function frame(index: number, ...values: number[]) {
  return {
    handle: 0,
    stream: 0,
    channels: 1,
    count: values.length,
    time: index * 10,
    period: 10,
    index,
    values: Float32Array.from(values),
  };
}

it("keeps the newest samples, finds them by time, and knows where some were lost", () => {
  const ring = new SampleRing(1, 8);
  ring.push(frame(0, 0, 1, 2));
  ring.push(frame(3, 3, Number.NaN, Number.NaN, 6));
  expect([ring.tail, ring.head, ring.newest]).toEqual([0, 7, 60]);
  expect(ring.slotAt(25)).toBe(3);
  expect(ring.lost).toEqual([{ from: 40, to: 60 }]);
  ring.push(frame(20, 20, 21));
  expect(ring.lost).toEqual([
    { from: 40, to: 60 },
    { from: 70, to: 200 },
  ]);
  ring.push(frame(22, ...Array.from({ length: 9 }, (_, i) => 22 + i)));
  expect([ring.head - ring.tail, ring.newest, ring.lost.length]).toEqual([8, 300, 0]);
});

it("begins anew where a source is set back in time", () => {
  const ring = new SampleRing(1, 8);
  ring.push(frame(1000, 1, 2, 3));
  ring.push(frame(0, 7));
  expect([ring.head, ring.newest, ring.values[0]![0], ring.lost]).toEqual([1, 0, 7, []]);
});

it("draws every peak, however few columns there are, and no line where samples were lost", () => {
  const ring = new SampleRing(1, 10_000);
  const signal = Array.from({ length: 9000 }, (_, i) => Math.sin(i / 50));
  signal[4321] = 9;
  signal[6789] = -9;
  signal.fill(Number.NaN, 7000, 7100);
  ring.push(frame(0, ...signal));
  const { x, y, low, high } = decimate(ring, 0, 0, 90_000, 100);
  expect(x.length).toBeLessThan(220);
  expect([low, high]).toEqual([-9, 9]);
  expect(x[y.indexOf(9)]).toBe(43_210);
  expect(x[y.indexOf(-9)]).toBe(67_890);
  expect(y.filter((value) => value === null)).toHaveLength(1);
  expect(x[y.indexOf(null)]).toBe(70_000);
  for (let i = 1; i < x.length; i++) expect(x[i]).toBeGreaterThan(x[i - 1]!);
});

it("gives samples as they are where there is room for them", () => {
  const ring = new SampleRing(1, 100);
  ring.push(frame(0, 5, 6, 7, 8));
  // One beyond either edge, so that the line goes through it.
  expect(decimate(ring, 0, 15, 25, 500)).toEqual({ x: [10, 20, 30], y: [6, 7, 8], low: 6, high: 8 });
});

it("keeps the shape of what it draws while it scrolls", () => {
  const ring = new SampleRing(1, 10_000);
  ring.push(frame(0, ...Array.from({ length: 9000 }, (_, i) => Math.sin(i * i))));
  const drawn = (from: number): string[] => {
    const { x, y } = decimate(ring, 0, from, from + 40_000, 100);
    return x.flatMap((time, i) => (time > 20_000 && time < 40_000 ? [`${time} ${y[i]}`] : []));
  };
  expect(drawn(10_130)).toEqual(drawn(10_000));
});
