import { describe, expect, it } from "vitest";
import { type Fit, type FixedFormat, FixedFramer } from "./fixed-frame.js";

/** Frames of four bytes: A5, a counter, a value, and the sum of both. */
const format: FixedFormat = {
  bytes: 4,
  lock: 3,
  fit(bytes, at): Fit {
    if (bytes[at] !== 0xa5) return "form";
    return ((bytes[at + 1]! + bytes[at + 2]!) & 255) === bytes[at + 3] ? "frame" : "sum";
  },
  follows: (bytes, previous, at) => bytes[at + 1] === ((bytes[previous + 1]! + 1) & 255),
};

function frames(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => [0xa5, from + i, 7, from + i + 7]).flat();
}

/** Counter and skipped bytes of every frame. */
function receive(framer: FixedFramer, ...pieces: number[][]): [number, number][] {
  const got: [number, number][] = [];
  for (const piece of pieces)
    framer.push(Uint8Array.from(piece), (bytes, at, skipped) => got.push([bytes[at + 1]!, skipped]));
  return got;
}

describe("FixedFramer", () => {
  it("believes no frame before three follow one another, and delivers these, too", () => {
    const framer = new FixedFramer(format);
    expect(receive(framer, frames(1, 3))).toEqual([]);
    expect(receive(framer, frames(3, 5))).toEqual([1, 2, 3, 4].map((counter) => [counter, 0]));
    expect(framer.stats).toMatchObject({ bytes: 16, frames: 4, framingErrors: 0, crcErrors: 0, resyncs: 0 });
  });

  it("believes one where the format says so, but only with the first byte of the link", () => {
    const trusting = { ...format, trustsFirst: () => true };
    expect(receive(new FixedFramer(trusting), frames(1, 2))).toEqual([[1, 0]]);
    expect(receive(new FixedFramer(trusting), [9], frames(1, 3))).toEqual([]);
    const framer = new FixedFramer(trusting);
    receive(framer, [9], frames(1, 3));
    framer.reset();
    expect(receive(framer, frames(1, 2))).toEqual([[1, 0]]);
  });

  it("looks for the next frame from the byte after a false begin", () => {
    const framer = new FixedFramer(format);
    // A5 A5 01 07 is no frame; the one that begins with its second byte is.
    expect(receive(framer, [0xa5], frames(1, 4))).toEqual([
      [1, 1],
      [2, 0],
      [3, 0],
    ]);
    expect(framer.stats).toMatchObject({ crcErrors: 1, framingErrors: 0, resyncs: 1 });
  });

  it("counts a run of noise as one error and tells how many bytes it had", () => {
    const framer = new FixedFramer(format);
    const got = receive(
      framer,
      frames(1, 5),
      Array.from({ length: 10_000 }, () => 0x33),
      frames(5, 9),
    );
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((counter) => [counter, counter === 5 ? 10_000 : 0]));
    expect(framer.stats).toMatchObject({ bytes: 10_032, frames: 8, framingErrors: 1, crcErrors: 0, resyncs: 1 });
  });

  it("loses the lock where a counter jumps, and no frame by it", () => {
    const framer = new FixedFramer(format);
    const got = receive(framer, frames(1, 5), frames(50, 54));
    expect(got.map(([counter]) => counter)).toEqual([1, 2, 3, 4, 50, 51, 52, 53]);
    expect(framer.stats).toMatchObject({ frames: 8, framingErrors: 0, crcErrors: 0 });
  });

  it("gives the same for one long piece as for single bytes", () => {
    const wire = [...frames(0, 100), 1, 0xa5, 3, ...frames(100, 200), 0xa5, ...frames(200, 240)];
    const long = Array.from({ length: 60 }, () => wire).flat();
    const whole = receive(new FixedFramer(format), long);
    expect(whole).toHaveLength(60 * 240);
    expect(receive(new FixedFramer(format), ...long.map((byte) => [byte]))).toEqual(whole);
  });

  it("searches on from the next byte when its caller does not believe it", () => {
    const framer = new FixedFramer(format);
    const got: [number, number][] = [];
    framer.push(Uint8Array.from(frames(1, 10)), (bytes, at, skipped) => {
      got.push([bytes[at + 1]!, skipped]);
      if (bytes[at + 1] === 3) framer.unlock();
    });
    expect(got).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [5, 4],
      [6, 0],
      [7, 0],
      [8, 0],
      [9, 0],
    ]);
    expect(framer.stats).toMatchObject({ framingErrors: 1, resyncs: 1 });
  });

  it("goes on with the next frame after a callback has thrown", () => {
    const framer = new FixedFramer(format);
    const push = () =>
      framer.push(Uint8Array.from(frames(1, 4)), () => {
        throw new Error("sink");
      });
    expect(push).toThrow("sink");
    expect(receive(framer, frames(4, 6)).map(([counter]) => counter)).toEqual([2, 3, 4, 5]);
  });
});
