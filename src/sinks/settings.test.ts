import * as v from "valibot";
import { expect, it } from "vitest";
import { sinksSettings } from "./settings.js";

const complaint = (...sinks: object[]): string | undefined => {
  const result = v.safeParse(sinksSettings, sinks);
  return result.success ? undefined : result.issues[0].message;
};

it("takes sinks of each kind, with defaults", () => {
  const sinks = [
    { type: "mqtt", url: "mqtts://broker.ward:8883", user: "ward", passwordFile: "/etc/biox/mqtt", homeAssistant: {} },
    { type: "mqtt", name: "cloud", url: "wss://broker/mqtt", qos: 2, queue: { hours: 2 } },
    { type: "influx", url: "http://influx:8086", org: "o", bucket: "b", tokenFile: "/etc/biox/influx" },
    { type: "influx", name: "lines", file: "lines.txt" },
    { type: "csv", folder: "csv" },
  ];
  expect(v.parse(sinksSettings, sinks)).toMatchObject([
    {
      name: "mqtt",
      qos: 1,
      topic: "biox",
      retain: true,
      keepAlive: 30,
      inFlight: 20,
      homeAssistant: { prefix: "homeassistant" },
    },
    { name: "cloud", qos: 2, queue: { hours: 2, messages: 1_000_000, megabytes: 500 } },
    { name: "influx", batch: 1000 },
    { name: "lines" },
    { name: "csv" },
  ]);
});

it.each([
  [{ type: "kafka" }, /one of 'mqtt', 'influx' and 'csv'/],
  [{ type: "mqtt", url: "broker" }, /a URL such as 'mqtt:/],
  [{ type: "mqtt", url: "http://broker" }, /a URL such as 'mqtt:/],
  [{ type: "mqtt", url: "mqtt://user:secret@broker" }, /without user and password/],
  [{ type: "mqtt", url: "mqtt://b", qos: 0 }, /1 or 2/],
  [{ type: "mqtt", url: "mqtt://b", topic: "biox/#" }, /levels of a topic/],
  [{ type: "mqtt", url: "mqtt://b", topic: "$SYS" }, /levels of a topic/],
  [{ type: "mqtt", url: "mqtt://b", topic: "/biox" }, /levels of a topic/],
  [{ type: "mqtt", url: "mqtt://b", name: "../etc" }, /1 to 40 of a to z/],
  [{ type: "mqtt", url: "mqtt://b", inFlight: 0 }, /a whole number from 1 to 1000/],
  [{ type: "mqtt", url: "mqtt://b", clientId: "a b" }, /printable characters/],
  [{ type: "mqtt", url: "mqtt://b", queue: { hours: 0.5 } }, /a whole number from 1 to/],
  [{ type: "influx" }, /either `url` and `bucket`, or `file`/],
  [{ type: "influx", url: "http://influx" }, /either `url` and `bucket`, or `file`/],
  [{ type: "influx", url: "http://influx", bucket: "b", file: "f" }, /either `url` and `bucket`, or `file`/],
  [{ type: "influx", url: "http://user:secret@influx", bucket: "b" }, /without user, password/],
  [{ type: "csv" }, /folder/],
  [{ type: "csv", folder: "" }, /the path of a folder/],
])("refuses %j", (sink, expected) => {
  expect(complaint(sink)).toMatch(expected);
});

it("refuses two sinks of one name", () => {
  const url = "mqtt://b";
  expect(complaint({ type: "mqtt", url }, { type: "mqtt", url })).toMatch(/different names/);
});
