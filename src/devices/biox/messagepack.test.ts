import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus, fromHex } from "../../../firmware-bridge/test/corpus.js";
import { isPlainMessage, packMap, unpackMap } from "./messagepack.js";

/** JSON has no -0. */
function withoutSignOfZero(value: unknown): unknown {
  if (typeof value === "number") return value + 0;
  if (Array.isArray(value)) return value.map(withoutSignOfZero);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutSignOfZero(entry)]));
}

describe("MessagePack maps", () => {
  it("reads every control message of the corpus", () => {
    for (const frame of corpus.frames.filter((entry) => entry.kind !== 1))
      expect(unpackMap(fromHex(frame.payload)), frame.name).toBeTypeOf("object");
  });

  it("accepts what it writes, whatever plain values a map has", () => {
    const value = fc.oneof(
      fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ maxLength: 70 }),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.nat(300), { maxLength: 40 }),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), (values) => {
        const map = Object.fromEntries(values.map((entry, i) => [`k${i}`, entry]));
        const bytes = packMap(map);
        expect(isPlainMessage(bytes)).toBe(true);
        const back = unpackMap(bytes)!;
        expect(Object.keys(back)).toEqual(Object.keys(map));
        for (const [key, entry] of Object.entries(map))
          expect(withoutSignOfZero(back[key])).toEqual(
            withoutSignOfZero(entry instanceof Uint8Array ? Array.from(entry) : entry),
          );
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["no map", "c0"],
    ["an array of four billion items", "81a178ddffffffff"],
    ["a string past the end", "81a178d9ff61"],
    ["a map cut short", "82a17801"],
    ["bytes after the map", "8000"],
    ["an extension", "81a178d40001"],
    ["a date", "81a178d6ff00000000"],
    ["the type that does not exist", "81a178c1"],
  ])("refuses %s", (_, hex) => {
    expect(unpackMap(fromHex(hex))).toBeUndefined();
  });

  it.each<[string, string, unknown]>([
    ["an unsigned integer above 2^53", "81a178cfffffffffffffffff", { x: 2 ** 64 }],
    ["a signed one below -2^53", "81a178d38000000000000000", { x: -(2 ** 63) }],
    ["infinity and NaN", "81a17892cb7ff0000000000000ca7fc00000", { x: [null, null] }],
    ["bytes", "81a178c403010280", { x: [1, 2, 128] }],
    ["a map in a map in an array", "81a1789181a17981a17a01", { x: [{ y: { z: 1 } }] }],
    ["a number as a key", "8107c3", { 7: true }],
  ])("gives plain values for %s", (_, hex, expected) => {
    expect(unpackMap(fromHex(hex))).toEqual(expected);
  });

  it("gives copies, not views of the frame", () => {
    const frame = fromHex("81a178c403010280");
    const map = unpackMap(frame);
    frame.fill(0xff);
    expect(map).toEqual({ x: [1, 2, 128] });
  });

  it("lets no key reach a prototype", () => {
    const bytes = packMap(JSON.parse('{"__proto__": {"polluted": 1}, "a": {"__proto__": {"polluted": 1}}}'));
    const map = unpackMap(bytes) as { a: object };
    for (const value of [map, map.a]) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect("polluted" in value).toBe(false);
    }
  });

  it("never throws on noise, and gives nothing that JSON cannot print", () => {
    const map = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => bytes.with(0, 0x80 | (bytes[0]! & 3)));
    fc.assert(
      fc.property(map, (bytes) => {
        const result = unpackMap(bytes);
        if (result === undefined) return;
        const text = JSON.stringify(result);
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(withoutSignOfZero(result));
      }),
      { numRuns: 2000 },
    );
  });
});
