import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type WitnessedFrameRule, WitnessedFramer } from "./witnessed-frame.js";

/** `55 | counter | value | AA`: as weak as formats get. */
const rule: WitnessedFrameRule = {
  length: 4,
  checked: false,
  trustsFirst: false,
  startsWith: (byte) => byte === 0x55,
  isIntact: (bytes, at) => bytes[at] === 0x55 && bytes[at + 3] === 0xaa,
  isNext: (bytes, last, at) => ((bytes[at + 1]! - bytes[last + 1]!) & 255) === 1,
  isBorneOut: (bytes, _, at, witness) => ((bytes[witness + 1]! - bytes[at + 1]!) & 255) === 1,
};
const frame = (counter: number, value = 0): number[] => [0x55, counter & 255, value, 0xaa];
const frames = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => frame(from + i, (7 * (from + i)) & 255)).flat();

function read(bytes: readonly number[], cuts: readonly number[] = [], skipped: number[] = []) {
  const framer = new WitnessedFramer(rule, undefined, (byte) => skipped.push(byte));
  const counters: number[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    framer.push(Uint8Array.from(bytes.slice(from, to)), (found) => counters.push(found[1]!));
    from = to;
  }
  return { counters, stats: framer.stats, skipped };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => (from + i) & 255);

describe("WitnessedFramer", () => {
  it("delivers every frame, the first with the second", () => {
    expect(read(frames(0, 1)).counters).toEqual([]);
    expect(read(frames(0, 2)).counters).toEqual([0, 1]);
    const { counters, stats } = read(frames(250, 600));
    expect(counters).toEqual(range(250, 600));
    expect(stats).toMatchObject({ bytes: 1400, frames: 350, framingErrors: 0, resyncs: 0 });
  });

  it("trusts a frame at the very begin of the link where the format does", () => {
    const first = (bytes: number[]): number => {
      const framer = new WitnessedFramer({ ...rule, trustsFirst: true });
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
    const framer = new WitnessedFramer({ ...rule, checked: true });
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
    const framer = new WitnessedFramer(rule);
    const counters: number[] = [];
    const push = (bytes: number[]): void => framer.push(Uint8Array.from(bytes), (found) => counters.push(found[1]!));
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
