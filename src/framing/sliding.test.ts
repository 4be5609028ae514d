import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FrameRule, NO_FRAME, SlidingFramer, WRONG_SUM } from "./sliding.js";

/** `55 | counter | value | AA`: as weak as formats get. */
const rule: FrameRule = {
  longest: 4,
  lock: 2,
  match(bytes, at, end) {
    if (bytes[at] !== 0x55) return NO_FRAME;
    if (end - at < 4) return 0;
    return bytes[at + 3] === 0xaa ? 4 : NO_FRAME;
  },
  isNext: (bytes, last, at) => ((bytes[at + 1]! - bytes[last + 1]!) & 255) === 1,
  follows: (bytes, previous, at) => ((bytes[at + 1]! - bytes[previous + 1]!) & 255) === 1,
};
const frame = (counter: number, value = 0): number[] => [0x55, counter & 255, value, 0xaa];
const frames = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => frame(from + i, (7 * (from + i)) & 255)).flat();

const isText = (byte: number): boolean => byte < 0x20;

function read(bytes: readonly number[], cuts: readonly number[] = [], skipped: number[] = []) {
  const framer = new SlidingFramer(rule, undefined, (byte) => {
    skipped.push(byte);
    return isText(byte);
  });
  const counters: number[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    framer.push(Uint8Array.from(bytes.slice(from, to)), (found, at) => counters.push(found[at + 1]!));
    from = to;
  }
  return { counters, stats: framer.stats, skipped };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => (from + i) & 255);

describe("SlidingFramer of a format with a counter, and text between frames", () => {
  it("delivers every frame, the first with the second", () => {
    expect(read(frames(0, 1)).counters).toEqual([]);
    expect(read(frames(0, 2)).counters).toEqual([0, 1]);
    const { counters, stats } = read(frames(250, 600));
    expect(counters).toEqual(range(250, 600));
    expect(stats).toMatchObject({ bytes: 1400, frames: 350, framingErrors: 0, resyncs: 0 });
  });

  it("trusts a frame at the very begin of the link where the format does", () => {
    const first = (bytes: number[]): number => {
      const framer = new SlidingFramer({ ...rule, trustsFirst: () => true });
      let heard = 0;
      framer.push(Uint8Array.from(bytes), () => heard++);
      return heard;
    };
    expect(first(frame(7))).toBe(1);
    expect(first([0, ...frame(7)])).toBe(0);
    expect(first([...frame(7), ...frame(9)])).toBe(1);
  });

  it("holds no byte back that cannot begin a frame, and hands it on", () => {
    expect(read([1, 2, 3]).skipped).toEqual([1, 2, 3]);
    expect(read([...frames(0, 2), 9, 8, ...frames(2, 4)]).skipped).toEqual([9, 8]);
    expect(read([0x55, 1, 2, 3, 4]).skipped).toEqual([0x55, 1, 2, 3, 4]);
  });

  it("counts what is neither frame nor text where it comes, and text only between frames", () => {
    const errors = (...bytes: number[]): unknown[] => {
      const { framingErrors, resyncs } = read(bytes).stats;
      return [framingErrors, resyncs];
    };
    expect(errors(1, 2, 3)).toEqual([0, 0]);
    expect(errors(1, 0xfe, 3, 0xff)).toEqual([1, 0]);
    expect(errors(1, ...frames(0, 2))).toEqual([0, 0]);
    expect(errors(1, 0xfe, ...frames(0, 2))).toEqual([1, 1]);
    expect(errors(...frames(0, 2), 1, 2)).toEqual([0, 0]);
    expect(errors(...frames(0, 2), 0xfe, 2)).toEqual([1, 0]);
    expect(errors(...frames(0, 2), 1, 2, ...frames(2, 4))).toEqual([1, 1]);
    expect(errors(...frames(0, 2), 1, 0xfe, ...frames(2, 4), 0xfe)).toEqual([2, 1]);
  });

  it("does not believe a frame that its follower does not bear out", () => {
    // A damaged counter, then a frame amid the bytes of another.
    const damaged = [...frames(0, 4), ...frame(90), ...frames(5, 8)];
    expect(read(damaged).counters).toEqual([0, 1, 2, 3, 5, 6, 7]);
    expect(read(damaged).stats).toMatchObject({ framingErrors: 1, resyncs: 1 });
    expect(read([0x55, 9, 9, 0xaa, ...frames(0, 3)]).counters).toEqual([0, 1, 2]);
  });

  it("loses no frame to frames that are missing", () => {
    const { counters, stats } = read([...frames(0, 4), ...frames(9, 12)]);
    expect(counters).toEqual([0, 1, 2, 3, 9, 10, 11]);
    expect(stats).toMatchObject({ framingErrors: 0, resyncs: 0 });
  });

  it("counts damage of a checked format as errors of its sum", () => {
    const checked: FrameRule["match"] = (bytes, at, end) => {
      const match = rule.match(bytes, at, end);
      return match < 0 ? WRONG_SUM : match;
    };
    const framer = new SlidingFramer({ ...rule, match: checked }, undefined, isText);
    framer.push(Uint8Array.from([...frames(0, 2), 0, ...frames(2, 4)]), () => {});
    expect(framer.stats).toMatchObject({ frames: 4, crcErrors: 1, framingErrors: 0, resyncs: 1 });
  });

  it("gives the same however bytes are cut, in chunks of any size", () => {
    const wire = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x55, 0xaa)), { maxLength: 30 });
    fc.assert(
      fc.property(wire, fc.nat(200), fc.nat(600), (noise, first, cut) => {
        const bytes = [...frames(0, first), ...noise, ...frames(first, first + 60)];
        expect(read(bytes, [Math.min(cut, bytes.length)])).toEqual(read(bytes));
        expect(
          read(
            bytes,
            range(0, 250).filter((at) => at < bytes.length),
          ),
        ).toEqual(read(bytes));
      }),
    );
  });

  it("goes on after a callback has thrown, and forgets at reset", () => {
    const framer = new SlidingFramer(rule);
    const counters: number[] = [];
    const push = (bytes: number[]): void =>
      framer.push(Uint8Array.from(bytes), (found, at) => counters.push(found[at + 1]!));
    expect(() =>
      framer.push(Uint8Array.from(frames(0, 2)), () => {
        throw new Error("sink");
      }),
    ).toThrow("sink");
    push(frames(2, 3));
    expect(counters).toEqual([1, 2]);
    push([0x55]);
    framer.reset();
    expect(framer.stats.frames).toBe(0);
    push(frames(3, 5));
    expect(counters).toEqual([1, 2, 3, 4]);
  });
});

/** Frames of four bytes: A5, a counter, a value, and the sum of both. */
const format: FrameRule = {
  longest: 4,
  lock: 3,
  match(bytes, at, end) {
    if (end - at < 4) return 0;
    if (bytes[at] !== 0xa5) return NO_FRAME;
    return ((bytes[at + 1]! + bytes[at + 2]!) & 255) === bytes[at + 3] ? 4 : WRONG_SUM;
  },
  follows: (bytes, previous, at) => bytes[at + 1] === ((bytes[previous + 1]! + 1) & 255),
};

function summed(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => [0xa5, from + i, 7, from + i + 7]).flat();
}

/** Counter and skipped bytes of every frame. */
function receive(framer: SlidingFramer, ...pieces: number[][]): [number, number][] {
  const got: [number, number][] = [];
  for (const piece of pieces)
    framer.push(Uint8Array.from(piece), (bytes, at, _, skipped) => got.push([bytes[at + 1]!, skipped]));
  return got;
}

describe("SlidingFramer of a format that needs three frames in a row", () => {
  it("believes no frame before three follow one another, and delivers these, too", () => {
    const framer = new SlidingFramer(format);
    expect(receive(framer, summed(1, 3))).toEqual([]);
    expect(receive(framer, summed(3, 5))).toEqual([1, 2, 3, 4].map((counter) => [counter, 0]));
    expect(framer.stats).toMatchObject({ bytes: 16, frames: 4, framingErrors: 0, crcErrors: 0, resyncs: 0 });
  });

  it("believes one where the format says so, but only with the first byte of the link", () => {
    const trusting = { ...format, trustsFirst: () => true };
    expect(receive(new SlidingFramer(trusting), summed(1, 2))).toEqual([[1, 0]]);
    expect(receive(new SlidingFramer(trusting), [9], summed(1, 3))).toEqual([]);
    const framer = new SlidingFramer(trusting);
    receive(framer, [9], summed(1, 3));
    framer.reset();
    expect(receive(framer, summed(1, 2))).toEqual([[1, 0]]);
  });

  it("looks for the next frame from the byte after a false begin", () => {
    const framer = new SlidingFramer(format);
    // A5 A5 01 07 is no frame; the one that begins with its second byte is.
    expect(receive(framer, [0xa5], summed(1, 4))).toEqual([
      [1, 1],
      [2, 0],
      [3, 0],
    ]);
    expect(framer.stats).toMatchObject({ crcErrors: 1, framingErrors: 0, resyncs: 1 });
  });

  it("counts a run of noise as one error and tells how many bytes it had", () => {
    const framer = new SlidingFramer(format);
    const got = receive(
      framer,
      summed(1, 5),
      Array.from({ length: 10_000 }, () => 0x33),
      summed(5, 9),
    );
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((counter) => [counter, counter === 5 ? 10_000 : 0]));
    expect(framer.stats).toMatchObject({ bytes: 10_032, frames: 8, framingErrors: 1, crcErrors: 0, resyncs: 1 });
  });

  it("loses the lock where a counter jumps, and no frame by it", () => {
    const framer = new SlidingFramer(format);
    const got = receive(framer, summed(1, 5), summed(50, 54));
    expect(got.map(([counter]) => counter)).toEqual([1, 2, 3, 4, 50, 51, 52, 53]);
    expect(framer.stats).toMatchObject({ frames: 8, framingErrors: 0, crcErrors: 0 });
  });

  it("gives the same for one long piece as for single bytes", () => {
    const wire = [...summed(0, 100), 1, 0xa5, 3, ...summed(100, 200), 0xa5, ...summed(200, 240)];
    const long = Array.from({ length: 60 }, () => wire).flat();
    const whole = receive(new SlidingFramer(format), long);
    expect(whole).toHaveLength(60 * 240);
    expect(receive(new SlidingFramer(format), ...long.map((byte) => [byte]))).toEqual(whole);
  });

  it("searches on from the next byte when its caller does not believe it", () => {
    const framer = new SlidingFramer(format);
    const got: [number, number][] = [];
    framer.push(Uint8Array.from(summed(1, 10)), (bytes, at, _, skipped) => {
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
    const framer = new SlidingFramer(format);
    const push = () =>
      framer.push(Uint8Array.from(summed(1, 4)), () => {
        throw new Error("sink");
      });
    expect(push).toThrow("sink");
    expect(receive(framer, summed(4, 6)).map(([counter]) => counter)).toEqual([2, 3, 4, 5]);
  });
});

/** `01 | length | bytes | 02`: a length of its own for each frame. */
const variable: FrameRule = {
  longest: 12,
  lock: 1,
  match(bytes, at, end) {
    if (bytes[at] !== 1) return NO_FRAME;
    if (at + 1 === end) return 0;
    const length = bytes[at + 1]! + 3;
    if (length > 12) return NO_FRAME;
    if (at + length > end) return 0;
    return bytes[at + length - 1] === 2 ? length : NO_FRAME;
  },
};

describe("SlidingFramer of frames with different lengths", () => {
  it("delivers each by itself, and finds the one within a false begin", () => {
    const got: [number, number][] = [];
    const framer = new SlidingFramer(variable);
    const wire = [1, 0, 2, 1, 3, 7, 7, 7, 2, 1, 8, 9, 1, 1, 5, 2, 1, 2, 3, 4, 2];
    for (const byte of wire)
      framer.push(Uint8Array.of(byte), (_bytes, _at, length, skipped) => got.push([length, skipped]));
    expect(got).toEqual([
      [3, 0],
      [6, 0],
      [4, 3],
      [5, 0],
    ]);
    expect(framer.stats).toMatchObject({ bytes: wire.length, frames: 4, framingErrors: 1, crcErrors: 0, resyncs: 1 });
  });
});
