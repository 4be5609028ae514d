import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecimalReader } from "./decimal.js";

/** The number at the begin of `text`, and where it ends. */
function read(text: string): { value: number; end: number } {
  const reader = new DecimalReader();
  const value = reader.read(Buffer.from(`xx${text}`, "latin1"), 2, text.length + 2);
  return { value, end: reader.end - 2 };
}

describe("DecimalReader", () => {
  it("gives the very values of Number", () => {
    const number = fc.oneof(
      fc.integer().map(String),
      fc
        .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.stringMatching(/^\d{1,10}$/))
        .map((parts) => parts.join(".")),
    );
    fc.assert(
      fc.property(number, (text) => {
        expect(read(`${text},`)).toEqual({ value: Number(text), end: text.length });
      }),
    );
    expect(read("-0").value).toBe(-0);
    expect(read("0.1 ").value).toBe(0.1);
    expect(read("999999999.999999").value).toBe(999999999.999999);
  });

  it("leaves all else to others", () => {
    for (const text of [
      "",
      "-",
      "+1",
      ".5",
      "5.",
      "5.,",
      "007",
      "00",
      "nan",
      "--1",
      "1234567890123456",
      "1.123456789012345",
    ])
      expect(read(text).value, text).toBeNaN();
    expect(read("1e3")).toEqual({ value: 1, end: 1 });
  });

  it("looks at no byte behind the end", () => {
    expect(new DecimalReader().read(Buffer.from("1234"), 0, 2)).toBe(12);
    expect(new DecimalReader().read(Buffer.from("12.5"), 0, 2)).toBe(12);
    expect(new DecimalReader().read(Buffer.from("1234"), 2, 2)).toBeNaN();
  });
});
