import { afterEach, describe, expect, it, vi } from "vitest";
import { BioxError } from "../errors.js";
import { fail } from "./fail.js";

class Exit extends Error {}

/** What `fail` prints, and the code with which it ends the process. */
function failed(error: unknown, debug = false): { text: string; code: number | undefined } {
  let text = "";
  let code: number | undefined;
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  vi.spyOn(process, "exit").mockImplementation((given) => {
    code = given as number;
    throw new Exit();
  });
  expect(() => fail(error, debug)).toThrow(Exit);
  return { text, code };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("fail", () => {
  it("prints a sentence and a hint without the control characters of a device's name", () => {
    const name = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eppg\r\nbiox: all is well";
    const error = new BioxError("CHANNEL_MISSING", `There is no channel ${name}.`, `It has ${name}.`);
    expect(failed(error)).toEqual({
      text: "biox: There is no channel ]0;owned[2J31mppg biox: all is well.\n      It has ]0;owned[2J31mppg biox: all is well.\n",
      code: 1,
    });
  });

  it("prints a stack trace line by line, and nothing but text", () => {
    const { text, code } = failed(new Error("lost \u001b[31mred"), true);
    expect(code).toBe(1);
    expect(text).toContain("biox: lost [31mred\n");
    expect(text).toMatch(/\n {4}at .*fail\.test\.ts/);
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  it("says so when an error was not expected, whatever was thrown", () => {
    expect(failed("no \u0000 error").text).toMatch(/^biox: no {2}error\n {6}This was not expected;.*--debug.*\n$/);
  });
});
