import { expect, it } from "vitest";
import { parse } from "yaml";
import type { ProbeFinding } from "../../stream/probe.js";
import { configText } from "./config-text.js";

const bundle = { name: "demo", path: "bundles/demo", channels: ["ppg"] };
const stream = (...channels: string[]) => ({ name: "s", channels, rate: 100 });
const finding = (device: string, name: string, channels: string[]): ProbeFinding =>
  ({ device, name, options: {}, streams: [stream(...channels)] }) as unknown as ProbeFinding;

const found = [
  {
    port: { path: "/dev/ttyUSB0", byId: "/dev/serial/by-id/usb-Maker_Thing_01-if00" },
    finding: finding("biox", "Own: a 'wearable' # of ours\u0007", ["ppg"]),
    remark: "",
  },
  {
    port: { path: "/dev/ttyUSB1", vendorId: "10c4", productId: "ea60", serialNumber: "A/B" },
    finding: finding("cyton", "OpenBCI Cyton", ["ch1", "ch2"]),
    remark: "",
  },
  { port: { path: "/dev/ttyS0" }, finding: undefined, remark: "nothing answers there" },
] as unknown as Parameters<typeof configText>[0];

it("writes what was found as a configuration, each device by a name that stays", () => {
  const text = configText(found, bundle, "/var/lib/biox");
  expect(parse(text)).toMatchObject({
    gateway: "gateway",
    data: "/var/lib/biox",
    wearers: [
      {
        id: "w01",
        source: "serial:/dev/serial/by-id/usb-Maker_Thing_01-if00?device=biox",
        bundles: ["demo"],
        record: false,
      },
      { id: "w02", source: "usb:10c4:ea60?serial=A%2FB&device=cyton", bundles: [], record: false },
    ],
  });
  expect(text).toContain("# 'demo' reads ppg; this device has ch1, ch2.");
  expect(text).toContain("# /dev/ttyS0: nothing answers there");
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
});

it("writes a simulated wearer where nothing was found", () => {
  expect(parse(configText([], bundle, "data")).wearers).toEqual([
    { id: "w01", source: "sim:?hr=72", bundles: ["demo"] },
  ]);
});
