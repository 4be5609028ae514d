import { describe, expect, it } from "vitest";
import { AlignedReader } from "./aligned-reader.js";
import { createRing, type RingMemory, RingWriter } from "./ring.js";

/** A ring whose samples are `value(ms)` at their own times, which begin at `start` ms. */
function ringOf(rate: number, seconds: number, start: number, value: (ms: number) => number): [RingMemory, RingWriter] {
  const count = Math.round(rate * seconds);
  const memory = createRing(1, 2 * count);
  const writer = new RingWriter(memory);
  const period = 1000 / rate;
  writer.write(
    Float64Array.from({ length: count }, (_, i) => value(start + i * period)),
    count,
    start,
    period,
    start,
  );
  return [memory, writer];
}

const straight = (ms: number): number => 3 * ms - 7;
const BOTH = [
  { ring: 0, channel: 0 },
  { ring: 1, channel: 0 },
];

function read(rings: readonly RingMemory[], from: number, count: number) {
  const reader = new AlignedReader(rings, BOTH, count);
  const out = [new Float64Array(count), new Float64Array(count)];
  const lost = new Uint8Array(count);
  expect(reader.read(from, count, out, lost)).toBe(true);
  return { out, lost, reader };
}

describe("streams of different rates", () => {
  it.each([
    [125, 50, 0],
    [125, 33.3, 3.7],
    [50, 1000, -20],
  ])("line up by time: %d Hz, another of %d Hz that began %d ms later", (rate, other, late) => {
    const [first] = ringOf(rate, 4, 1000, straight);
    const [second] = ringOf(other, 6, 1000 + late, straight);
    const { out, lost } = read([first, second], 2 * rate, rate);
    for (let i = 0; i < rate; i++) {
      expect(out[0]![i]).toBeCloseTo(straight(3000 + (i * 1000) / rate), 6);
      expect(out[1]![i]).toBeCloseTo(out[0]![i]!, 6);
    }
    expect(lost).toEqual(new Uint8Array(rate));
  });

  it("are lost where either is", () => {
    const [first, writer] = ringOf(100, 1, 0, straight);
    writer.write(new Float64Array(10), 10, 1000, 10, 1000, true);
    writer.write(new Float64Array(100), 100, 1100, 10, 1100);
    const [second, other] = ringOf(50, 1, 0, straight);
    other.write(new Float64Array(10), 10, 1000, 20, 1000);
    // From 1200 to 1280 ms.
    other.write(new Float64Array(5), 5, 1200, 20, 1200, true);
    other.write(new Float64Array(50), 50, 1300, 20, 1300);
    const { lost } = read([first, second], 90, 60);
    const marked = [...lost.keys()].filter((i) => lost[i]).map((i) => (90 + i) * 10);
    const range = (from: number, to: number): number[] =>
      Array.from({ length: (to - from) / 10 + 1 }, (_, i) => from + 10 * i);
    expect(marked).toEqual([...range(1000, 1090), ...range(1190, 1290)]);
  });

  it("are lost where the other has not begun, or has stopped", () => {
    const [first] = ringOf(100, 3, 0, straight);
    const [second] = ringOf(100, 1, 1000, straight);
    const before = read([first, second], 50, 60);
    expect([...before.lost].indexOf(0)).toBe(50);
    const after = read([first, second], 150, 100);
    expect(after.lost[40]).toBe(0);
    // Three periods after its last sample it no longer stands for the present.
    expect([...after.lost].indexOf(1)).toBe(53);
    expect(after.out[1]![45]).toBeCloseTo(straight(1950), 6);
  });

  it("are complete when all have come so far, or will come no farther", () => {
    const [first] = ringOf(100, 3, 0, straight);
    const [second, other] = ringOf(100, 2, 0, straight);
    const { reader } = read([first, second], 0, 10);
    expect(reader.reaches(200)).toBe(true);
    expect(reader.reaches(201)).toBe(false);
    expect(reader.reaches(301)).toBe(false);
    other.end();
    expect(reader.reaches(201)).toBe(true);
    expect(reader.reaches(301)).toBe(false);
  });
});
