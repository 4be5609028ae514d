import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus, fromHex } from "../../../firmware-bridge/test/corpus.js";
import { isPlainMessage, packMap, unpackMap } from "./messagepack.js";

describe("MessagePack maps", () => {
  it("reads every control message of the corpus", () => {
    for (const frame of corpus.frames.filter((entry) => entry.kind !== 1))
      expect(unpackMap(fromHex(frame.payload)), frame.name).toBeTypeOf("object");
  });

  it("accepts what it writes, whatever plain values a map has", () => {
    const value = fc.oneof(
      fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
      fc.double({ noNaN: true }),
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
          expect(back[key]).toEqual(entry instanceof Uint8Array ? Buffer.from(entry) : entry);
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
    ["the type that does not exist", "81a178c1"],
  ])("refuses %s", (_, hex) => {
    expect(unpackMap(fromHex(hex))).toBeUndefined();
  });

  it("never throws on noise", () => {
    const map = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => bytes.with(0, 0x80 | (bytes[0]! & 3)));
    fc.assert(
      fc.property(map, (bytes) => {
        const result = unpackMap(bytes);
        expect(result === undefined || typeof result === "object").toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
