import { expect, it } from "vitest";
import { biox } from "./support/biox.js";

it("bench decode prints one JSON object for the device asked for", async () => {
  const { code, stdout } = await biox(["bench", "decode", "--device", "openview", "--rounds", "1", "--json"]);
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(Object.keys(report)).toEqual(["device", "bytes", "frames", "samples", "mbPerS", "samplesPerS", "serialport"]);
  expect(report.device).toBe("openview");
  expect(report.mbPerS).toBeGreaterThan(0);
  expect(report.serialport.parser).toBe("packet-length");
});

it("bench decode refuses a device that does not exist", async () => {
  const { code, stdout, stderr } = await biox(["bench", "decode", "--device", "nope"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/nope.*\n.*Known devices: biox/);
});
