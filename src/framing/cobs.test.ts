import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus, fromHex, toHex } from "../../firmware-bridge/test/corpus.js";
import { cobsDecodeInto, cobsEncodeInto, cobsMaxLength } from "./cobs.js";
import { crc32 } from "./crc32.js";

function encode(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(cobsMaxLength(bytes.length));
  return out.slice(0, cobsEncodeInto(bytes, out));
}

function decode(bytes: Uint8Array, room = 2048): Uint8Array | undefined {
  const out = new Uint8Array(room);
  const length = cobsDecodeInto(bytes, 0, bytes.length, out);
  return length < 0 ? undefined : out.slice(0, length);
}

const bytes = fc.uint8Array({ maxLength: 1200 });
const manyZeros = fc.array(fc.constantFrom(0, 0, 1, 255), { maxLength: 600 }).map((a) => Uint8Array.from(a));

describe("COBS", () => {
  it.each(corpus.cobs)("stuffs and unstuffs vector $#", ({ decoded, encoded }) => {
    expect(toHex(encode(fromHex(decoded)))).toBe(encoded);
    expect(toHex(decode(fromHex(encoded))!)).toBe(decoded);
  });

  it("gives back any bytes, without a zero on the way", () => {
    fc.assert(
      fc.property(fc.oneof(bytes, manyZeros), (input) => {
        const stuffed = encode(input);
        expect(stuffed.includes(0)).toBe(false);
        expect(decode(stuffed)).toEqual(input);
      }),
    );
  });

  it("accepts the empty last run that some encoders add", () => {
    const full = fromHex(corpus.cobs[7]!.encoded);
    expect(decode(Uint8Array.of(...full, 1))).toEqual(decode(full));
  });

  it.each(["051122", "0311", "021100", "00", "ff01"])("refuses %s", (hex) => {
    expect(decode(fromHex(hex))).toBeUndefined();
  });

  it("never writes past its room", () => {
    const stuffed = encode(new Uint8Array(20));
    for (let room = 0; room < 20; room++) expect(decode(stuffed, room)).toBeUndefined();
    expect(decode(encode(new Uint8Array(20).fill(3)), 19)).toBeUndefined();
    expect(decode(stuffed, 20)).toHaveLength(20);
  });
});

describe("crc32", () => {
  it.each(corpus.crc32)("sums vector $#", ({ bytes: hex, crc }) => {
    const input = fromHex(hex);
    expect(crc32(input, 0, input.length).toString(16).padStart(8, "0")).toBe(crc);
  });

  it("agrees with zlib, from any start and in two parts", () => {
    fc.assert(
      fc.property(bytes, fc.nat(1200), fc.nat(1200), (input, a, b) => {
        const [start, middle] = [Math.min(a, b, input.length), Math.min(Math.max(a, b), input.length)];
        const whole = zlibCrc32(input.subarray(start));
        expect(crc32(input, start, input.length)).toBe(whole);
        expect(crc32(input, middle, input.length, crc32(input, start, middle))).toBe(whole);
      }),
    );
  });
});
