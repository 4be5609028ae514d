import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { BioxError } from "../errors.js";
import { readSafetensors } from "./safetensors.js";
import { writeSafetensors } from "./safetensors-write.js";

const folder = mkdtempSync(join(tmpdir(), "biox-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with any header, to break one rule at a time. */
function file(header: unknown, body = new Uint8Array(8), length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + body.length);
  new DataView(out.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  out.set(json, 8);
  out.set(body, 8 + json.length);
  return out;
}

const tensor = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

describe("safetensors", () => {
  it("reads what it writes, in every kind of array", () => {
    const data = [
      Float64Array.of(Math.PI, -0),
      Float32Array.of(1.5, Number.NaN),
      BigInt64Array.of(-5n, 2n ** 62n),
      BigUint64Array.of(0n, 2n ** 63n),
      Int32Array.of(-7, 8),
      Uint32Array.of(1, 2 ** 31),
      Int16Array.of(-3, 4),
      Uint16Array.of(5, 65535),
      Int8Array.of(-1, 1),
      Uint8Array.of(0, 255),
    ];
    const tensors = Object.fromEntries(data.map((values, i) => [`t${i}`, { shape: [2, 1], data: values }]));
    const read = readSafetensors(writeSafetensors(tensors, { rate: "125" }));
    expect(read.metadata).toEqual({ rate: "125" });
    expect([...read.tensors.values()].map((t) => t.data)).toEqual(data);
    expect([...read.tensors.values()].map((t) => t.dtype)).toEqual("F64 F32 I64 U64 I32 U32 I16 U16 I8 U8".split(" "));
    expect(read.tensors.get("t0")!.shape).toEqual([2, 1]);
  });

  it("widens F16 and BF16, and reads BOOL, scalars and empty tensors", () => {
    const half = writeSafetensors({ h: { shape: [], dtype: "F16", data: Float32Array.of(0.5) } });
    expect(half.length % 8).toBe(2);
    expect(readSafetensors(half).tensors.get("h")).toEqual({ dtype: "F16", shape: [], data: Float32Array.of(0.5) });
    const rest = file(
      { b: tensor("BF16", [1], [0, 2]), c: tensor("BOOL", [1], [2, 3]), e: tensor("F32", [0, 3], [3, 3]) },
      Uint8Array.of(0x80, 0x3f, 1),
    );
    const read = readSafetensors(rest);
    expect(read.tensors.get("b")!.data).toEqual(Float32Array.of(1));
    expect(read.tensors.get("c")!.data).toEqual(Uint8Array.of(1));
    expect(read.tensors.get("e")!.data).toEqual(new Float32Array(0));
  });

  it("reads values at unaligned offsets, from a view into a larger buffer, into buffers of their own", () => {
    const body = new Uint8Array(9);
    new DataView(body.buffer).setFloat64(1, 1.25, true);
    const bytes = file({ a: tensor("U8", [1], [0, 1]), d: tensor("F64", [1], [1, 9]) }, body);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const { data } = readSafetensors(shifted.subarray(3)).tensors.get("d")!;
    expect(data).toEqual(Float64Array.of(1.25));
    expect(data.buffer.byteLength).toBe(8);
  });

  it("pads its header so that the first tensor is aligned to eight bytes", () => {
    for (const name of ["a", "ab", "abc", "abcd", "abcde"]) {
      const bytes = writeSafetensors({ [name]: { shape: [1], data: Float64Array.of(1) } });
      expect((bytes.length - 8) % 8).toBe(0);
      expect(readSafetensors(bytes).tensors.get(name)!.data[0]).toBe(1);
    }
  });

  it("keeps names and metadata keys that mean something to JavaScript", () => {
    const bytes = file(
      '{"__metadata__":{"__proto__":"x"},"__proto__":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}',
    );
    const read = readSafetensors(bytes);
    expect(read.tensors.get("__proto__")!.shape).toEqual([8]);
    expect(Object.entries(read.metadata)).toEqual([["__proto__", "x"]]);
  });

  it("reads from a path or a URL, and says so when it cannot", () => {
    const path = join(folder, "one.safetensors");
    writeFileSync(path, writeSafetensors({ a: { shape: [1], data: Float32Array.of(3) } }));
    expect(readSafetensors(path).tensors.get("a")!.data[0]).toBe(3);
    expect(readSafetensors(pathToFileURL(path)).tensors.size).toBe(1);
    expect(failure(() => readSafetensors(join(folder, "none")))).toMatchObject({ code: "FILE_UNREADABLE" });
    expect(failure(() => readSafetensors("")).code).toBe("INVALID_ARGUMENT");
    expect(failure(() => readSafetensors(new URL("http://localhost/a"))).message).toContain("a file: URL");
  });

  it.each<[string, Uint8Array, string]>([
    ["fewer than eight bytes", new Uint8Array(7), "7 bytes long"],
    ["a header longer than the file", file({}, new Uint8Array(0), 3n), "announces a header of 3 bytes"],
    ["a header of 2^63 bytes", file({}, new Uint8Array(0), 2n ** 63n), "announces a header of 9223372036854775808"],
    ["a header that is not JSON", file("{nope}"), "not JSON"],
    ["a header that is not UTF-8", new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), "not JSON"],
    ["a header that is a list", file([]), "an array of 0 instead of a JSON object"],
    ["metadata that is not an object", file({ __metadata__: 1 }), "__metadata__ that is 1"],
    ["metadata of numbers", file({ __metadata__: { a: 1 } }), "metadata value for 'a'"],
    ["an entry that is null", file({ a: null }), "tensor 'a' by null"],
    ["an unknown dtype", file({ a: tensor("F8_E4M3", [8], [0, 8]) }), "dtype 'F8_E4M3', which is none of F64, F32"],
    ["a dtype of JavaScript's own", file({ a: tensor("constructor", [8], [0, 8]) }), "dtype 'constructor'"],
    ["a negative extent", file({ a: tensor("U8", [-8], [0, 8]) }), "whole numbers >= 0"],
    ["a shape that is no list", file({ a: tensor("U8", 8, [0, 8]) }), "whole numbers >= 0"],
    ["one offset", file({ a: tensor("U8", [8], [0]) }), "two whole numbers"],
    ["fractional offsets", file({ a: tensor("U8", [8], [0.5, 8.5]) }), "two whole numbers"],
    ["offsets in the wrong order", file({ a: tensor("U8", [8], [8, 0]) }), "bytes 8 to 0 of 8"],
    ["an end beyond the file", file({ a: tensor("U8", [16], [0, 16]) }), "cut short"],
    ["bytes that do not fit the shape", file({ a: tensor("F32", [3], [0, 8]) }), "F32 [3] needs 12"],
    ["a shape whose product overflows", file({ a: tensor("F32", [2 ** 52, 2 ** 52], [0, 8]) }), "needs 8.1"],
    ["overlapping tensors", file({ a: tensor("U8", [6], [0, 6]), b: tensor("U8", [4], [4, 8]) }), "ends at 6"],
    ["a gap between tensors", file({ a: tensor("U8", [2], [0, 2]), b: tensor("U8", [4], [4, 8]) }), "ends at 2"],
    ["bytes after the last tensor", file({ a: tensor("U8", [4], [0, 4]) }), "4 bytes that belong to no tensor"],
  ])("refuses %s", (_, bytes, text) => {
    const error = failure(() => readSafetensors(bytes, "w.safetensors"));
    expect(error.code).toBe("FILE_INVALID");
    expect(error.message).toMatch(/^File 'w\.safetensors' .*\.$/);
    expect(error.message).toMatch(new RegExp(text.replaceAll(/[[\].^]/g, "\\$&")));
  });

  it("gives a value or a BioxError for any bytes", () => {
    const whole = writeSafetensors({
      a: { shape: [2, 2], data: new Float32Array(4) },
      b: { shape: [1], data: Int8Array.of(1) },
    });
    const mutated = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
      .map((edits) => {
        const bytes = whole.slice();
        for (const [at, value] of edits) bytes[at] = value;
        return bytes;
      });
    const cut = fc.nat(whole.length).map((length) => whole.slice(0, length));
    const framed = fc.tuple(fc.json(), fc.uint8Array({ maxLength: 32 })).map(([json, body]) => file(json, body));
    const entries = fc
      .dictionary(
        fc.string(),
        fc.record({
          dtype: fc.constantFrom("F32", "U8", "F16", 3),
          shape: fc.array(fc.integer({ min: -1, max: 5 })),
          data_offsets: fc.array(fc.integer({ min: -1, max: 12 }), { maxLength: 3 }),
        }),
      )
      .map((header) => file(header, new Uint8Array(8)));
    fc.assert(
      fc.property(fc.oneof(mutated, cut, framed, entries, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        try {
          for (const { shape, data } of readSafetensors(bytes).tensors.values())
            expect(data.length).toBe(shape.reduce((product, extent) => product * extent, 1));
        } catch (error) {
          if (!(error instanceof BioxError)) throw error;
          expect(error.code).toBe("FILE_INVALID");
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("refuses a pipe, which it would wait for, and a folder", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const [path, kind] of [
      [pipe, "a named pipe"],
      [folder, "a folder"],
    ] as const) {
      const { code, message } = failure(() => readSafetensors(path));
      expect({ code, message }).toEqual({
        code: "FILE_INVALID",
        message: `Expected '${path}' to be a file, but it is ${kind}.`,
      });
    }
  });

  it("refuses a header nested beyond any stack", () => {
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(failure(() => readSafetensors(file(deep))).code).toBe("FILE_INVALID");
  });
});

describe("writeSafetensors refuses", () => {
  const data = Float32Array.of(1, 2);
  it("data that does not fill the shape, a dtype that cannot hold it, and the reserved name", () => {
    expect(() => writeSafetensors({ a: { shape: [3], data } })).toThrow("3 long, the product of [3]");
    expect(() => writeSafetensors({ a: { shape: [2], data, dtype: "I32" } })).toThrow("can hold a Float32Array");
    expect(() => writeSafetensors({ __metadata__: { shape: [2], data } })).toThrow("does not reserve");
  });
});

function failure(action: () => unknown): BioxError {
  try {
    action();
  } catch (error) {
    if (error instanceof BioxError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
