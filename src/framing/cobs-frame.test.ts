import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus, fieldsOf, fromHex, toHex } from "../../firmware-bridge/test/corpus.js";
import { CobsFramer } from "./cobs-frame.js";
import { encodeFrame, FrameKind } from "./frame.js";

/** All frames in `wire`, pushed in pieces that end at `cuts`. */
function receive(wire: Uint8Array, cuts: number[] = [], framer = new CobsFramer()): string[] {
  const frames: string[] = [];
  let from = 0;
  for (const to of [...cuts, wire.length]) {
    framer.push(wire.subarray(from, to), (frame) => frames.push(toHex(frame)));
    from = to;
  }
  return frames;
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** A sample frame whose payload has zeros, full runs, or neither. */
function samples(index: number, payload: Uint8Array): Uint8Array {
  return encodeFrame({ kind: FrameKind.samples, stream: 1, count: 4, index, timeUs: index * 10_000, payload });
}

const three = [
  samples(400, Uint8Array.of(1, 0, 0, 255, 255, 255, 0, 3)),
  samples(
    404,
    Uint8Array.from({ length: 300 }, (_, i) => (i % 255) + 1),
  ),
  samples(408, new Uint8Array(24)),
];

describe("encodeFrame", () => {
  it.each(corpus.frames)("writes the frame of the corpus: $name", (frame) => {
    expect(toHex(encodeFrame(fieldsOf(frame)))).toBe(frame.encoded);
  });

  it("names the field that does not fit", () => {
    expect(() => encodeFrame({ kind: 1, index: -1 })).toThrow(/index .* 4294967295.*-1/);
    expect(() => encodeFrame({ kind: 1, stream: 256 })).toThrow(/stream/);
    expect(() => encodeFrame({ kind: 1, payload: new Uint8Array(1009) })).toThrow(/payload .* 1008 bytes/);
  });
});

describe("CobsFramer", () => {
  it("reads the corpus, cut at every byte", () => {
    const wire = concat(...corpus.frames.map((frame) => fromHex(frame.encoded)));
    const expected = receive(wire);
    expect(expected).toHaveLength(corpus.frames.length);
    expect(expected.map((hex) => hex.slice(24))).toEqual(corpus.frames.map((frame) => frame.payload));
    for (let cut = 0; cut <= wire.length; cut++) expect(receive(wire, [cut])).toEqual(expected);
    expect(
      receive(
        wire,
        Array.from(wire, (_, i) => i),
      ),
    ).toEqual(expected);
  });

  it("loses at most one frame to any one changed byte, and never invents one", () => {
    const wire = concat(...three);
    const expected = receive(wire);
    expect(expected).toHaveLength(3);
    const damaged = wire.slice();
    for (let at = 0; at < wire.length; at++) {
      for (const value of [0, 1, 2, 7, 0x10, 0x7f, 0xfe, 0xff, wire[at]! ^ 1, wire[at]! ^ 0x80]) {
        if (value === wire[at]) continue;
        damaged[at] = value;
        const got = receive(concat(damaged, Uint8Array.of(0)));
        expect(
          expected.filter((frame) => got.includes(frame)),
          `byte ${at} = ${value}`,
        ).toEqual(got);
        expect(got.length, `byte ${at} = ${value}`).toBeGreaterThanOrEqual(2);
        if (wire[at] === 0) expect(got, `delimiter ${at} = ${value}`).toEqual(expected);
      }
      damaged[at] = wire[at]!;
    }
  });

  it("finds both of two longest frames whose delimiter is damaged", () => {
    const longest = corpus.frames.filter((frame) => frame.payload.length === 2 * 1008).map((f) => fromHex(f.encoded));
    expect(longest).toHaveLength(2);
    const wire = concat(longest[0]!, longest[1]!);
    const expected = receive(wire);
    wire[longest[0]!.length - 1] = 0x33;
    expect(receive(wire)).toEqual(expected);
    const backwards = concat(longest[1]!, longest[0]!);
    backwards[longest[1]!.length - 1] = 0xff;
    expect(receive(backwards)).toEqual(expected.reverse());
  });

  it("finds its way after a frame cut short and after an endless run of noise", () => {
    const framer = new CobsFramer();
    const [a, b, c] = three as [Uint8Array, Uint8Array, Uint8Array];
    const noise = new Uint8Array(5000).fill(0x55);
    const wire = concat(a.subarray(5), b, noise, Uint8Array.of(0, 0, 0), c, a);
    expect(receive(wire, [], framer)).toEqual(receive(concat(b, c, a)));
    expect(framer.stats).toMatchObject({ bytes: wire.length, frames: 3, oversize: 1, resyncs: 2 });
    expect(framer.stats.crcErrors + framer.stats.framingErrors).toBe(1);
  });

  it("counts check sum and framing errors apart", () => {
    const framer = new CobsFramer();
    const wrongSum = three[0]!.slice();
    wrongSum[2]! ^= 0x40;
    receive(concat(wrongSum, Uint8Array.of(9, 1, 0), Uint8Array.of(2, 1, 0)), [], framer);
    expect(framer.stats).toMatchObject({ frames: 0, crcErrors: 1, framingErrors: 2, oversize: 0, resyncs: 0 });
    framer.reset();
    expect(framer.stats).toMatchObject({ bytes: 0, crcErrors: 0, framingErrors: 0 });
  });

  it("delivers every frame that stands between delimiters, whatever noise is around", () => {
    const noise = fc.uint8Array({ maxLength: 80 });
    const piece = fc.record({ noise, index: fc.nat(4e5), payload: fc.uint8Array({ maxLength: 60 }) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.nat(200), (pieces, cut) => {
        const zero = Uint8Array.of(0);
        const wire = concat(...pieces.flatMap((p) => [p.noise, zero, samples(p.index, p.payload)]));
        const clean = receive(concat(...pieces.map((p) => samples(p.index, p.payload))));
        expect(receive(wire, [Math.min(cut, wire.length)])).toEqual(clean);
      }),
    );
  });

  it("makes no new view for a length it has seen", () => {
    const framer = new CobsFramer();
    const views = new Set<Uint8Array>();
    for (let i = 0; i < 3; i++) framer.push(three[0]!, (frame) => views.add(frame));
    expect(views.size).toBe(1);
  });

  it("goes on with the next frame after a callback has thrown", () => {
    const framer = new CobsFramer();
    expect(() =>
      framer.push(three[0]!, () => {
        throw new Error("sink");
      }),
    ).toThrow("sink");
    expect(receive(three[2]!, [], framer)).toHaveLength(1);
  });
});
