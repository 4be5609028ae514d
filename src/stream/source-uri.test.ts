import { describe, expect, it } from "vitest";
import { BioxError } from "../errors.js";
import { parseSource } from "./source-uri.js";

describe("parseSource", () => {
  it("reads the three forms", () => {
    expect(parseSource("serial:/dev/ttyUSB0?device=biox&baud=115200")).toEqual({
      kind: "serial",
      path: "/dev/ttyUSB0",
      device: "biox",
      baud: 115200,
      channels: undefined,
    });
    expect(parseSource("/dev/ttyACM0")).toMatchObject({ kind: "serial", path: "/dev/ttyACM0", baud: undefined });
    expect(parseSource("replay:a b.csv.gz?channel=ppg1,ppg2&rate=125&speed=20")).toEqual({
      kind: "replay",
      path: "a b.csv.gz",
      channels: ["ppg1", "ppg2"],
      rate: 125,
      speed: 20,
    });
    expect(parseSource("sim:?hr=72&noise=0.1")).toMatchObject({ kind: "sim", options: { hr: 72, noise: 0.1 } });
    expect(parseSource("sim:")).toMatchObject({ kind: "sim", options: {} });
  });

  it.each([
    ["usb:/dev/x", "SOURCE_INVALID", "'usb:/dev/x' is not a source"],
    ["serial:", "SOURCE_INVALID", "needs a path"],
    ["sim:/x", "SOURCE_INVALID", "has no path"],
    ["sim:?heart=72", "SOURCE_INVALID", "unknown parameter 'heart'"],
    ["serial:/dev/x?speed=2", "SOURCE_INVALID", "unknown parameter 'speed'"],
    ["sim:?hr=fast", "INVALID_ARGUMENT", "Expected hr to be a number from 20 to 250, but received 'fast'"],
    ["sim:?hr=", "INVALID_ARGUMENT", "Expected hr"],
    ["sim:?hr=500", "INVALID_ARGUMENT", "Expected hr"],
    ["sim:?script=sleep", "INVALID_ARGUMENT", "rest-to-exercise"],
    ["sim:?script=rest-to-exercise&hr=60", "INVALID_ARGUMENT", "cannot both"],
    ["serial:/dev/x?baud=9600.5", "INVALID_ARGUMENT", "a whole number"],
    ["replay:x.csv?rate=0", "INVALID_ARGUMENT", "Expected rate"],
  ])("refuses %s", (uri, code, text) => {
    expect(() => parseSource(uri)).toThrow(BioxError);
    try {
      parseSource(uri);
    } catch (error) {
      expect(error).toMatchObject({ code });
      expect((error as Error).message).toContain(text);
    }
  });
});
