import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CobsFramer } from "./cobs-frame.js";
import { encodeFrame, FrameKind } from "./frame.js";
import { encodeOpenView, openViewRule } from "./openview.js";
import { type FrameRule, NO_FRAME, SlidingFramer, WRONG_SUM } from "./sliding.js";
import { emptyFramerStats, type FramerStats } from "./types.js";

type OnFrame = (frame: Uint8Array) => void;

/** A framer with its encoder. */
interface Subject {
  name: string;
  open(): { stats: FramerStats; push(chunk: Uint8Array, onFrame: OnFrame): void; reset(): void };
  data: fc.Arbitrary<Uint8Array>;
  /** Frame number `n` of a link with bytes of `data`. */
  encode(n: number, data: Uint8Array): Uint8Array;
  /** What is delivered of `encode`'s bytes. */
  delivered(wire: Uint8Array, data: Uint8Array): Uint8Array;
  /** Frames in a row that are surely found after noise. */
  row: number;
  /** A byte that noise must not have so that no frame is imitated, and what ends noise. */
  never: number | undefined;
  seal: readonly number[];
}

const sum = (bytes: Uint8Array, from: number, to: number): number =>
  bytes.subarray(from, to).reduce((a, b) => a + b, 0) & 255;
/** `A5 | counter | nine bytes | sum`. */
const counted = (n: number, data: Uint8Array): Uint8Array => {
  const frame = Uint8Array.of(0xa5, n & 255, ...data, 0);
  frame[11] = sum(frame, 1, 11);
  return frame;
};
const matchCounted: FrameRule["match"] = (bytes, at, end) => {
  if (bytes[at] !== 0xa5) return NO_FRAME;
  if (end - at < 12) return 0;
  return sum(bytes, at + 1, at + 11) === bytes[at + 11] ? 12 : WRONG_SUM;
};
const isAfter = (bytes: Uint8Array, one: number, other: number): boolean =>
  ((bytes[other + 1]! - bytes[one + 1]!) & 255) === 1;

const opened = (rule: FrameRule, onSkipped?: () => boolean) => {
  const framer = new SlidingFramer(rule, undefined, onSkipped);
  const push = (chunk: Uint8Array, onFrame: OnFrame): void =>
    framer.push(chunk, (bytes, at, length) => onFrame(bytes.subarray(at, at + length)));
  return { stats: framer.stats, push, reset: () => framer.reset() };
};

const nine = fc.oneof(
  fc.uint8Array({ minLength: 9, maxLength: 9 }),
  fc
    .array(fc.constantFrom(0, 0x0a, 0x0b, 0xa5, 0xfa, 0xff), { minLength: 9, maxLength: 9 })
    .map((bytes) => Uint8Array.from(bytes)),
);
/** Up to the most that a biox frame carries, with runs that are longer than one length byte of the stuffing can say. */
const payload = fc.oneof(
  nine,
  fc.uint8Array({ maxLength: 1008 }),
  fc.tuple(fc.nat(1008), fc.nat(255)).map(([length, value]) => new Uint8Array(length).fill(value)),
);

const subjects: Subject[] = [
  {
    name: "CobsFramer",
    open: () => new CobsFramer(),
    data: payload,
    encode: (n, data) => encodeFrame({ kind: FrameKind.samples, stream: 1, count: 3, index: n, payload: data }),
    delivered: (_, data) => data,
    row: 1,
    never: undefined,
    seal: [0],
  },
  {
    name: "SlidingFramer, OpenView",
    open: () =>
      opened(
        openViewRule(
          9,
          (type, length) => (type === 2 ? length === 9 : undefined),
          () => true,
        ),
      ),
    data: nine,
    encode: (_, data) => encodeOpenView(2, data),
    delivered: (wire) => wire,
    row: 1,
    never: 0x0a,
    seal: [],
  },
  {
    name: "SlidingFramer, three in a row",
    open: () => opened({ longest: 12, lock: 3, match: matchCounted, follows: isAfter }),
    data: nine,
    encode: counted,
    delivered: (wire) => wire,
    row: 3,
    never: 0xa5,
    seal: [],
  },
  {
    name: "SlidingFramer, a counter, and text between frames",
    open: () => opened({ longest: 12, lock: 2, match: matchCounted, isNext: isAfter, follows: isAfter }, () => true),
    data: nine,
    encode: counted,
    delivered: (wire) => wire,
    row: 2,
    never: 0xa5,
    seal: [],
  },
];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
/** Bytes of which many begin, end or delimit a frame. */
const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 0x0a, 0x0b, 0xa5, 0xfa, 0xff));
const noise = fc.array(byte, { maxLength: 40 });
const cuts = fc.array(fc.nat(5000), { maxLength: 12 });

/** All that comes of `wire` in pieces: frames, counters, and the counters after a reset. */
function receive(subject: Subject, wire: Uint8Array, ends: readonly number[]) {
  const framer = subject.open();
  const frames: string[] = [];
  let from = 0;
  for (const to of [...ends.map((end) => Math.min(end, wire.length)).sort((a, b) => a - b), wire.length]) {
    framer.push(wire.subarray(from, to), (frame) => frames.push(hex(frame)));
    from = to;
  }
  const stats = { ...framer.stats };
  framer.reset();
  expect(framer.stats).toEqual(emptyFramerStats());
  return { frames, stats };
}

function expectConsistent({ frames, stats }: ReturnType<typeof receive>, wire: Uint8Array): void {
  const errors = stats.crcErrors + stats.framingErrors + stats.oversize;
  expect(stats.bytes).toBe(wire.length);
  expect(stats.frames).toBe(frames.length);
  expect(stats.resyncs).toBeLessThanOrEqual(Math.min(errors, frames.length));
}

describe.each(subjects)("$name against its encoder", (subject) => {
  /** Rows of frames with noise before each. */
  const rows = fc.array(
    fc.record({ noise, frames: fc.array(subject.data, { minLength: subject.row, maxLength: 8 }) }),
    {
      maxLength: 6,
    },
  );
  /** COBS delivers header and payload: the payload is what was encoded. */
  const tail = (frame: string, expected: string): string => frame.slice(frame.length - expected.length);

  it("delivers every frame whatever noise is before it, however the bytes are cut", () => {
    fc.assert(
      fc.property(rows, cuts, fc.boolean(), (links, ends, quiet) => {
        let n = 0;
        const expected: string[] = [];
        const parts: Uint8Array[] = [];
        for (const { noise: bytes, frames } of links) {
          if (!quiet)
            parts.push(Uint8Array.from([...bytes.filter((value) => value !== subject.never), ...subject.seal]));
          for (const values of frames) {
            const wire = subject.encode(n++, values);
            parts.push(wire);
            expected.push(hex(subject.delivered(wire, values)));
          }
        }
        const wire = new Uint8Array(Buffer.concat(parts));
        const got = receive(subject, wire, ends);
        expect(got.frames.map((frame, i) => tail(frame, expected[i] ?? frame))).toEqual(expected);
        expectConsistent(got, wire);
        expect(got).toEqual(receive(subject, wire, []));
        if (quiet) expect(got.stats).toMatchObject({ crcErrors: 0, framingErrors: 0, oversize: 0, resyncs: 0 });
      }),
      { numRuns: 300 },
    );
  });

  it("takes any bytes without throwing, and says the same however they are cut", () => {
    const anything = fc.array(
      fc.oneof(
        noise,
        subject.data.map((values) => [...subject.encode(values.length, values)]),
      ),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(anything, cuts, fc.nat(300), (parts, ends, run) => {
        const wire = Uint8Array.from([...parts.flat(), ...Array.from({ length: 10 * run }, () => 0x55)]);
        const got = receive(subject, wire, ends);
        expectConsistent(got, wire);
        expect(got).toEqual(receive(subject, wire, []));
      }),
      { numRuns: 300 },
    );
  });
});
