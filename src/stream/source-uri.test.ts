import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { EMULATOR } from "../../firmware-bridge/test/emulator.js";
import { BioxError } from "../errors.js";
import { numberParameter, parseSource, SIM_RANGES } from "./source-uri.js";

describe("parseSource", () => {
  it("reads the three forms", () => {
    expect(parseSource("serial:/dev/ttyUSB0?device=biox&baud=115200")).toEqual({
      kind: "serial",
      path: "/dev/ttyUSB0",
      device: "biox",
      options: {},
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

  it("takes the options of the device, and no others", () => {
    expect(parseSource("serial:/dev/x?device=openview&board=max86150&rate=200")).toMatchObject({
      device: "openview",
      options: { board: "max86150", rate: "200" },
    });
    expect(() => parseSource("serial:/dev/x?device=healthypi4&board=max86150")).toThrow(
      expect.objectContaining({ code: "SOURCE_INVALID", hint: "Known here: channel, baud, device." }),
    );
    expect(() => parseSource("serial:/dev/x?device=openview&bord=x")).toThrow(
      expect.objectContaining({ hint: "Known here: channel, baud, device, board, order, rate." }),
    );
    for (const twice of [
      "replay:a.csv?rate=1&rate=2",
      "sim:?hr=70&hr=70",
      "serial:/dev/x?device=openview&rate=1&rate=2",
    ])
      expect(() => parseSource(twice)).toThrow(
        expect.objectContaining({
          code: "SOURCE_INVALID",
          message: expect.stringMatching(/gives the parameter .* 2 times/),
        }),
      );
    expect(() => parseSource("serial:/dev/x?device=boix")).toThrow(expect.objectContaining({ code: "DEVICE_UNKNOWN" }));
  });

  it.each([
    ["usb:/dev/x", "SOURCE_INVALID", "'usb:/dev/x' is not a source"],
    ["serial:", "SOURCE_INVALID", "needs a path"],
    ["sim:/x", "SOURCE_INVALID", "has no path"],
    ["sim:?heart=72", "SOURCE_INVALID", "unknown parameter 'heart'"],
    ["serial:/dev/x?speed=2", "SOURCE_INVALID", "unknown parameter 'speed'"],
    ["sim:?hr=fast", "INVALID_ARGUMENT", "Expected hr to be a number from 30 to 220, but received 'fast'"],
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

describe("numberParameter", () => {
  const range = { min: -10, max: 1000 };

  it.each([
    ["72", 72],
    ["0.05", 0.05],
    [".5", 0.5],
    ["-3.25", -3.25],
    ["007", 7],
    ["1000", 1000],
  ])("reads '%s'", (text, value) => {
    expect(numberParameter("x", text, range)).toBe(value);
  });

  it.each([
    "",
    " ",
    " 5 ",
    "5\n",
    "+5",
    "0x10",
    "0b1",
    "1e2",
    "1e400",
    "Infinity",
    "-Infinity",
    "NaN",
    "1_000",
    "1,5",
    "5.",
    ".",
    "-",
    "٣",
    "9".repeat(400),
  ])("refuses '%s'", (text) => {
    expect(() => numberParameter("x", text, range)).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining("Expected x to be a number from -10 to 1000, but received '"),
      }),
    );
  });
});

describe("the ranges of sim:", () => {
  type Name = keyof typeof SIM_RANGES;
  const names = Object.keys(SIM_RANGES) as Name[];
  /** The program's answer to one option: half a second of signal, or but its help where that would be 115 days. */
  const emulate = (name: Name, text: string) => {
    const rest = name === "duration" ? ["--help"] : ["--csv-out", "--duration", "0.5"];
    return spawnSync(EMULATOR, [...rest.slice(1), `--${name}`, text, rest[0]!], { encoding: "utf8" });
  };
  const expected = (name: Name) => {
    const { min, max, whole } = SIM_RANGES[name];
    return `${name} to be ${whole ? "a whole number" : "a number"} from ${min} to ${max}, but received`;
  };

  it.each(names)("have ends for %s that the emulator plays", (name) => {
    for (const value of [SIM_RANGES[name].min, SIM_RANGES[name].max]) {
      expect(parseSource(`sim:?${name}=${value}`)).toMatchObject({ options: { [name]: value } });
      const { status, stdout, stderr } = emulate(name, String(value));
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      if (name === "duration") continue;
      const [head, ...rows] = stdout.trim().split("\n");
      expect(head).toBe("time_s,ppg,ecg,hr_bpm");
      expect(rows).toHaveLength((name === "rate" ? value : 100) / 2);
      for (const row of rows) expect(row.split(",").map(Number).every(Number.isFinite)).toBe(true);
    }
  });

  it.each(names)("end for %s where the emulator refuses too", (name) => {
    const { min, max, whole } = SIM_RANGES[name];
    const beyond = whole ? [min - 1, max + 1, min + 0.5] : [min - 0.001, max + 0.001];
    for (const text of [...beyond.map(String), "", " 50 ", "+50", "0x32", "inf", "nan", "1e400"]) {
      const refusal = `${expected(name)} '${text}'.`;
      expect(() => parseSource(`sim:?${name}=${encodeURIComponent(text)}`)).toThrow(`Expected ${refusal}`);
      const { status, stderr } = emulate(name, text);
      expect(stderr).toContain(`Expected --${refusal}`);
      expect(status).toBe(1);
    }
  });
});
