import { describe, expect, it } from "vitest";
import { OutputWriter } from "./output.js";

function written(dtype: ConstructorParameters<typeof OutputWriter>[0], ...values: number[]) {
  const writer = new OutputWriter(dtype, values.length);
  const out = writer.create();
  writer.write(Float64Array.from(values), out);
  return [...out];
}

describe("OutputWriter", () => {
  it("cuts fractions off on the way to integers", () => {
    expect(written("int32", 1.9, -1.9, 0, 2 ** 31 - 1, -(2 ** 31))).toEqual([1, -1, 0, 2 ** 31 - 1, -(2 ** 31)]);
    expect(written("int64", 99.5, -0.5, -7)).toEqual([99n, 0n, -7n]);
  });

  it("stores int64 of any size exactly", () => {
    const values = [
      0,
      1,
      -1,
      2 ** 31,
      -(2 ** 31) - 1,
      2 ** 32,
      -(2 ** 32),
      2 ** 53 - 1,
      -(2 ** 53),
      2 ** 63 - 1024,
      -(2 ** 63),
    ];
    expect(written("int64", ...values)).toEqual(values.map(BigInt));
  });

  it("writes into whichever array it is given, also at an offset", () => {
    const writer = new OutputWriter("int64", 2);
    const memory = new BigInt64Array(6);
    writer.write(Float64Array.of(1, 2), memory.subarray(1, 3));
    writer.write(Float64Array.of(3, 4), memory.subarray(3, 5));
    expect([...memory]).toEqual([0n, 1n, 2n, 3n, 4n, 0n]);
  });

  it.each([
    ["int32", 2 ** 31],
    ["int32", Number.NaN],
    ["int64", 2 ** 63],
    ["int64", Number.POSITIVE_INFINITY],
    ["float32", 1e39],
    ["float32", Number.NaN],
    ["float64", Number.NEGATIVE_INFINITY],
  ] as const)("%s refuses %d", (dtype, value) => {
    expect(() => written(dtype, 0, value)).toThrow(
      expect.objectContaining({ code: "PREPARE_INVALID", message: expect.stringContaining(`value 1 is ${value}`) }),
    );
  });

  it("refuses an array of another type or length", () => {
    const writer = new OutputWriter("int64", 2);
    expect(() => writer.write(new Float64Array(2), new Float32Array(2))).toThrow("BigInt64Array of 2 values");
    expect(() => writer.write(new Float64Array(2), new BigInt64Array(3))).toThrow("BigInt64Array of 2 values");
  });
});
