import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { exampleMessages } from "../../../test/support/messages/examples.js";
import { influxLine, messageLine } from "./line.js";

interface GoldenPoint {
  measurement: string;
  tags: Record<string, string>;
  fields: Record<string, number | boolean | string | { integer: number }>;
  at: number;
  line: string;
  parsed: { measurement: string; tags: object; fields: object; time: number };
}

const golden: GoldenPoint[] = JSON.parse(readFileSync(new URL("line.golden.json", import.meta.url), "utf8"));

it.each(golden)("writes $line, which somebody else's parser reads as it was meant", (point) => {
  const { measurement, tags, fields, at, line, parsed } = point;
  expect(influxLine(measurement, tags, fields, at)).toBe(line);
  const plain = Object.entries(fields).map(([key, value]) => [key, typeof value === "object" ? value.integer : value]);
  expect(parsed).toEqual({ measurement, tags, fields: Object.fromEntries(plain), time: Math.round(at) });
});

it("leaves out what has no value, and what a tag cannot hold", () => {
  const fields = { none: null, missing: undefined, nan: Number.NaN, endless: Number.POSITIVE_INFINITY, v: 1 };
  expect(influxLine("m", { empty: "", none: undefined, two: "a\nb", end: "x\\\\" }, fields, 5)).toBe(
    "m,end=x,two=a\\ b v=1 5",
  );
  expect(influxLine("m", {}, { text: "a\nb" }, 5)).toBe('m text="a\nb" 5');
});

it("makes one line of each kind of message", () => {
  const lines = exampleMessages().map((message) => messageLine({ ...message, gateway: "g1" }));
  expect(lines.map((line) => line.split(" ")[0])).toEqual([
    "biox_prediction,bundle=stress,gateway=g1,wearer=w01",
    "biox_prediction,bundle=stress,gateway=g1,wearer=w01",
    "biox_unpredicted,bundle=stress,gateway=g1,wearer=w01",
    "biox_link,gateway=g1,wearer=w01",
    "biox_link,gateway=g1,wearer=w01",
    "biox_marker,gateway=g1,wearer=w01",
    "biox_overload,bundle=stress,gateway=g1,wearer=w01",
  ]);
  expect(lines[0]).toContain('label="rest",index=0i,probability=0.9,p0=0.9,p1=0.1,quality=0.98,reliable=true');
  expect(lines[1]).toContain('reasons="motion",lost=0i');
  expect(lines[4]).toMatch(/ state="waiting",reason="the device is not there",id="[\w-]+" \d{13}$/);
  expect(lines[5]).toContain('name="stairs, \\"fast\\"",by="page"');
});
