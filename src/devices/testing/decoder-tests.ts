import { describe, expect, it } from "vitest";
import type { DeviceDescriptor, DeviceOptions } from "../types.js";
import { Heard, type HeardSample } from "./heard.js";
import { type Random, seeded, whole } from "./random.js";

/** One frame of the wire, and the samples that a decoder must have delivered when its last byte has come, and not before. */
export interface WireFrame {
  bytes: Uint8Array;
  samples: readonly { stream: number; values: readonly number[] }[];
}

/** A wire format under test. Sizes of damage are counted in frames, that is in pieces that `frames` gives. */
export interface WireFormat {
  device: DeviceDescriptor;
  options?: DeviceOptions;
  /** Bytes that come first and are never damaged: answers to commands, without which nothing can be decoded. */
  before?: Uint8Array;
  /** `count` frames that follow one another on the wire, with random contents. */
  frames(count: number, random: Random): WireFrame[];
  /** The format has a check sum strong enough that no damaged frame gives a sample. */
  checked: boolean;
  /** Frames carry a counter, so that lost ones show in the running numbers. */
  counted: boolean;
  /** Most frames whose samples one changed, lost or added byte may cost (or, where nothing is checked, falsify). */
  damage: number;
  /** Most frames whose samples are not delivered at the start of a link, and again after noise. 0: the first counts at once. */
  lock: number;
}

type Expected = WireFrame["samples"][number];

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function wireOf(frames: readonly WireFrame[]): Uint8Array {
  return join(frames.map((frame) => frame.bytes));
}

function sameValues(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => close(value, b[i]!));
}

function close(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/** How far what was heard of a stream is from what was sent. */
interface Difference {
  missing: number;
  wrong: number;
}

/** Of one damage in one place: everything before and everything behind it must be as sent. */
function aroundOneDamage(sent: readonly Expected[], heard: readonly HeardSample[]): Difference {
  const most = Math.min(sent.length, heard.length);
  let before = 0;
  while (before < most && sameValues(sent[before]!.values, heard[before]!.values)) before++;
  let behind = 0;
  while (behind < most - before && sameValues(sent.at(-1 - behind)!.values, heard.at(-1 - behind)!.values)) behind++;
  return { missing: sent.length - before - behind, wrong: heard.length - before - behind };
}

/** Of a format that is checked: what was heard is what was sent, with some left out. */
function leftOut(sent: readonly Expected[], heard: readonly HeardSample[]): Difference {
  let at = 0;
  let found = 0;
  for (const sample of heard) {
    let i = at;
    while (i < sent.length && !sameValues(sent[i]!.values, sample.values)) i++;
    if (i === sent.length) continue;
    found++;
    at = i + 1;
  }
  return { missing: sent.length - found, wrong: heard.length - found };
}

/** The tests that every decoder has to pass, as one `describe` block. */
export function testDecoder(name: string, format: WireFormat): void {
  const { device, options, before = new Uint8Array() } = format;
  const hear = (wire: Uint8Array, cuts?: readonly number[]): Heard =>
    new Heard(device.createDecoder(options)).push(before).push(wire, cuts);
  const sentOn = (frames: readonly WireFrame[], stream: number): Expected[] =>
    frames.flatMap((frame) => frame.samples.filter((sample) => sample.stream === stream));
  const streamsOf = (frames: readonly WireFrame[]): number[] => [
    ...new Set(frames.flatMap((frame) => frame.samples.map((sample) => sample.stream))),
  ];
  const mostInFrames = (frames: readonly WireFrame[], stream: number, count: number): number =>
    count * Math.max(...frames.map((f) => f.samples.filter((sample) => sample.stream === stream).length));

  /** Checks that damage cost no more than `frames` of those sent. */
  const checkDamage = (sent: readonly WireFrame[], wire: Uint8Array, frames: number, what: string): void => {
    const heard = hear(wire);
    for (const stream of streamsOf(sent)) {
      const difference = (format.checked ? leftOut : aroundOneDamage)(sentOn(sent, stream), heard.of(stream));
      const most = mostInFrames(sent, stream, frames);
      expect(difference.missing, `${what}: missing of stream ${stream}`).toBeLessThanOrEqual(most);
      expect(difference.wrong, `${what}: wrong of stream ${stream}`).toBeLessThanOrEqual(format.checked ? 0 : most);
    }
  };

  describe(name, () => {
    it("decodes 10,000 frames and numbers their samples without a gap", () => {
      const frames = format.frames(10_000, seeded(1));
      const heard = hear(wireOf(frames));
      for (const stream of streamsOf(frames)) {
        const sent = sentOn(frames, stream);
        const got = heard.of(stream);
        const late = sent.length - got.length;
        expect(late, `samples before the lock, stream ${stream}`).toBeLessThanOrEqual(
          mostInFrames(frames, stream, format.lock),
        );
        expect(late).toBeGreaterThanOrEqual(0);
        const wrong = got.findIndex((sample, i) => !sameValues(sample.values, sent[late + i]!.values));
        expect(wrong < 0 ? undefined : { wrong, got: got[wrong], sent: sent[late + wrong] }).toBeUndefined();
        const gap = got.findIndex((sample, i) => sample.n !== (got[0]!.n + i) >>> 0);
        expect(gap, `first gap of stream ${stream}`).toBe(-1);
      }
      expect(heard.link).toMatchObject({ crcErrors: 0, framingErrors: 0, oversize: 0, undescribed: 0 });
      expect(heard.link.bytes).toBe(before.length + wireOf(frames).length);
    });

    it("describes its streams once, before the first sample", () => {
      const heard = hear(wireOf(format.frames(50, seeded(2))));
      expect(heard.hellos).toHaveLength(1);
      const ids = heard.streams.map((stream) => stream.id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const stream of heard.streams) {
        const names = stream.channels.map((channel) => channel.name);
        expect(new Set(names).size).toBe(names.length);
        expect(stream.rate).toBeGreaterThan(0);
      }
    });

    it("does not care how the bytes are cut", () => {
      const frames = format.frames(format.lock + 6, seeded(3));
      const wire = wireOf(frames);
      const whole = hear(wire);
      expect(whole.samples.length).toBeGreaterThan(0);
      const bytewise = hear(
        wire,
        Array.from(wire, (_, i) => i),
      );
      expect(bytewise.samples).toEqual(whole.samples);
      expect(bytewise.link).toEqual(whole.link);
      for (let cut = 1; cut < wire.length; cut++) {
        const cutHeard = hear(wire, [cut]);
        expect(cutHeard.samples, `cut at ${cut}`).toEqual(whole.samples);
        expect(cutHeard.events).toEqual(whole.events);
      }
    });

    it("forgets everything at reset, and describes itself again", () => {
      const wire = wireOf(format.frames(format.lock + 6, seeded(4)));
      const heard = hear(wire);
      const first = structuredClone(heard.samples);
      heard.push(wire.subarray(0, 2)); // a frame begun
      heard.decoder.reset();
      expect(Object.values(heard.link).every((count) => count === 0)).toBe(true);
      heard.samples.length = 0;
      heard.push(before).push(wire);
      expect(heard.samples).toEqual(first);
      expect(heard.hellos).toHaveLength(2);
      expect(heard.hellos[1]).toEqual(heard.hellos[0]);
    });

    it("loses little to one changed byte, wherever it is", () => {
      const frames = format.frames(2 * format.lock + 2 * format.damage + 8, seeded(5));
      const begin = wireOf(frames.slice(0, format.lock + format.damage + 2)).length;
      const end = begin + wireOf(frames.slice(format.lock + format.damage + 2, format.lock + format.damage + 5)).length;
      const wire = wireOf(frames);
      const others = [0, 1, 0x0a, 0x41, 0x7f, 0x80, 0xa0, 0xff];
      for (let at = begin; at < end; at++)
        for (const value of [...others, ...[1, 2, 4, 8, 16, 32, 64, 128].map((bit) => wire[at]! ^ bit)])
          if (value !== wire[at])
            checkDamage(frames, wire.with(at, value), format.lock + format.damage, `byte ${at - begin} = ${value}`);
    });

    it("loses little to one byte lost or added, wherever it is", () => {
      const frames = format.frames(2 * format.lock + 2 * format.damage + 8, seeded(6));
      const wire = wireOf(frames);
      const begin = wireOf(frames.slice(0, format.lock + format.damage + 2)).length;
      const end = begin + wireOf(frames.slice(format.lock + format.damage + 2, format.lock + format.damage + 5)).length;
      const most = 2 * format.lock + format.damage;
      for (let at = begin; at < end; at++) {
        checkDamage(frames, join([wire.subarray(0, at), wire.subarray(at + 1)]), most, `byte ${at - begin} lost`);
        for (const value of [0, 0x0a, 0xa0, 0xff]) {
          const added = join([wire.subarray(0, at), Uint8Array.of(value), wire.subarray(at)]);
          checkDamage(frames, added, most, `${value} before byte ${at - begin}`);
        }
      }
    });

    it("finds the frames again behind noise", () => {
      const random = seeded(7);
      const frames = format.frames(4 * format.lock + 4 * format.damage + 20, random);
      const half = frames.slice(0, frames.length >> 1);
      const rest = frames.slice(frames.length >> 1);
      const bytes = wireOf(frames);
      const shortest = Math.min(...frames.map((frame) => frame.bytes.length));
      for (let round = 0; round < 200; round++) {
        // Even rounds any bytes, odd ones bytes that the format knows, which look more like frames.
        const noise = Uint8Array.from({ length: whole(random, 1, 150) }, () =>
          round % 2 === 0 ? whole(random, 0, 255) : bytes[whole(random, 0, bytes.length - 1)]!,
        );
        const most = 2 * format.lock + format.damage + (format.checked ? 0 : Math.ceil(noise.length / shortest));
        checkDamage(frames, join([noise, wireOf(frames)]), most, `noise ${round} before`);
        checkDamage(frames, join([wireOf(half), noise, wireOf(rest)]), most, `noise ${round} between`);
        checkDamage(frames, join([wireOf(frames), noise]), most, `noise ${round} behind`);
      }
    });

    it("takes any noise without an error, and counts its bytes", () => {
      const random = seeded(8);
      const heard = hear(new Uint8Array());
      const bytes = wireOf(format.frames(20, random));
      let pushed = before.length;
      for (let round = 0; round < 300; round++) {
        const noise = Uint8Array.from({ length: whole(random, 0, 400) }, () =>
          round % 2 === 0 ? whole(random, 0, 255) : bytes[whole(random, 0, bytes.length - 1)]!,
        );
        heard.push(noise);
        pushed += noise.length;
      }
      expect(heard.link.bytes).toBe(pushed);
      for (const count of Object.values(heard.link)) expect(count).toBeGreaterThanOrEqual(0);
    });

    if (format.counted)
      it("counts whole frames that are lost", () => {
        const frames = format.frames(40 + 2 * format.lock, seeded(9));
        const clean = hear(wireOf(frames));
        for (const lost of [1, 2, 5]) {
          const heard = hear(wireOf(frames.toSpliced(format.lock + 10, lost)));
          for (const stream of streamsOf(frames)) {
            const numbered = new Map(clean.of(stream).map((sample) => [sample.n, sample.values]));
            expect(heard.of(stream).length).toBeLessThan(numbered.size);
            for (const sample of heard.of(stream)) expect(sample.values).toEqual(numbered.get(sample.n));
            expect(heard.of(stream).at(-1)?.n).toBe(clean.of(stream).at(-1)?.n);
          }
        }
      });

    it("refuses options that it does not have", () => {
      const refusal = expect.objectContaining({ code: "INVALID_ARGUMENT" });
      expect(() => device.createDecoder({ ...options, nonsense: "1" })).toThrow(refusal);
      expect(() => device.commands({ ...options, nonsense: "1" })).toThrow(refusal);
      for (const { name: option, values } of device.options)
        if (values) {
          expect(() => device.createDecoder({ ...options, [option]: "nonsense" })).toThrow(refusal);
          for (const value of values) device.createDecoder({ ...options, [option]: value });
        }
    });
  });
}
