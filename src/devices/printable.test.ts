import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printableLine, printableLines, printableName } from "./printable.js";

const CONTROL = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

describe("printable text", () => {
  it.each([
    ["\u001b[2Jppg\u0007", "[2Jppg"],
    ["a\u009b31mb\u007f", "a31mb"],
    ["\u202egpp\u2066\u200f", "gpp"],
    ["two\r\nlines\u2028three", "twolinesthree"],
    ["Herzschlag ♥ 心", "Herzschlag ♥ 心"],
  ])("makes a name of %j", (text, name) => {
    expect(printableName(text)).toBe(name);
  });

  it("cuts a name to 64 characters and no character in half", () => {
    expect(printableName(`${"x".repeat(63)}♥y`)).toBe(`${"x".repeat(63)}♥`);
    expect(printableName(`${"x".repeat(63)}🫀y`)).toBe(`${"x".repeat(63)}🫀`);
  });

  it("joins lines with a space, or keeps them", () => {
    expect(printableLine("one\n\ttwo\u001b[0m")).toBe("one two[0m");
    expect(printableLines("one\n  two\u001b[0m\rx")).toBe("one\n  two[0m x");
  });

  it("leaves no control character in any text", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, (any) => {
        expect(printableName(any)).not.toMatch(CONTROL);
        expect(printableLine(any)).not.toMatch(CONTROL);
        expect(printableLines(any).replaceAll("\n", "")).not.toMatch(CONTROL);
      }),
    );
  });
});
