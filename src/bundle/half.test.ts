import { describe, expect, it } from "vitest";
import { fromBfloat16, fromFloat16, toFloat16 } from "./half.js";

describe("binary16", () => {
  // Bit patterns from IEEE 754-2019's definition of binary16: largest, least normal, greatest and least subnormal.
  it.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x03ff, 1023 * 2 ** -24],
    [0x0001, 2 ** -24],
    [0x3555, 0.333251953125],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
  ])("pattern %i is %f", (bits, value) => {
    expect(fromFloat16(bits)).toBe(value);
    expect(toFloat16(value)).toBe(bits);
  });

  it("survives a round trip in every pattern but the many that mean 'not a number'", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16(bits);
      if (Number.isNaN(value)) expect(fromFloat16(toFloat16(value))).toBeNaN();
      else if (toFloat16(value) !== bits) expect.fail(`pattern ${bits} came back as ${toFloat16(value)}`);
    }
  });

  it("rounds to the nearest value and ties to even, up into the next exponent and to infinity", () => {
    expect(fromFloat16(toFloat16(1 + 2 ** -11))).toBe(1);
    expect(fromFloat16(toFloat16(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(fromFloat16(toFloat16(1.9999))).toBe(2);
    expect(fromFloat16(toFloat16(2 ** -14 - 2 ** -26))).toBe(2 ** -14);
    expect(fromFloat16(toFloat16(65519))).toBe(65504);
    expect(fromFloat16(toFloat16(65520))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("bfloat16", () => {
  it("is the upper half of a 32-bit float", () => {
    expect(fromBfloat16(0x3f80)).toBe(1);
    expect(fromBfloat16(0xc049)).toBe(-3.140625);
  });
});
