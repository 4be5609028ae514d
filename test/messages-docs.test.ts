/** docs/messages.md and docs/messages.schema.json say what the sinks take and send. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { COLUMNS } from "../src/sinks/csv/row.js";
import { influxSettings } from "../src/sinks/influx/settings.js";
import { payloadJsonSchema } from "../src/sinks/messages/json-schema.js";
import { payloadSchema } from "../src/sinks/messages/schema.js";
import { mqttSettings } from "../src/sinks/mqtt/settings.js";
import { RETAINED } from "../src/sinks/mqtt/topics.js";

const docs = fileURLToPath(new URL("../docs/", import.meta.url));
const text = readFileSync(`${docs}messages.md`, "utf8");

/** Names in backticks in a column of the tables of a section. */
function named(section: string, column = 1): string[] {
  const [, part = ""] = text.split(`\n## ${section}\n`);
  const rows = part.split("\n## ")[0]!.match(/^\| `.*$/gm) ?? [];
  return rows.flatMap((row) => [...row.split("|")[column]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
}

it("the schema is that of the code; tools/messages/schema.mjs writes it anew", () => {
  expect(JSON.parse(readFileSync(`${docs}messages.schema.json`, "utf8"))).toEqual(payloadJsonSchema());
});

it("each type of message is there with its fields", () => {
  const types = payloadSchema.options.map(({ entries }) => entries.type.literal);
  expect(named("What is sent").sort()).toEqual([...types].sort());
  const common = ["type", "id", "at", "gateway", "wearer"];
  for (const { entries } of payloadSchema.options) {
    const type = entries.type.literal;
    const own = Object.keys(entries).filter((key) => (type === "status" ? key === "state" : !common.includes(key)));
    const row = text.split("\n").find((line) => line.startsWith(`| \`${type}\``))!;
    for (const field of own) expect(row, type).toContain(`\`${field}\``);
  }
});

it("each topic is there, and whether it is retained", () => {
  for (const { entries } of payloadSchema.options) {
    const type = entries.type.literal;
    const topic = type === "status" ? "biox/GATEWAY/status" : `biox/GATEWAY/wearers/WEARER/${type}`;
    const retained = type === "status" || (RETAINED as readonly string[]).includes(type);
    expect(text).toMatch(new RegExp(`^\\| \`${topic}\` \\| ${retained ? "yes" : "no"}`, "m"));
  }
});

it("each key of the settings is there", () => {
  const keys = (entries: object): string[] => Object.keys(entries).filter((key) => key !== "type");
  const mqtt = named("MQTT").filter((name) => !name.startsWith("biox/"));
  expect(mqtt.sort()).toEqual(keys(mqttSettings.entries).sort());
  expect(named("InfluxDB").sort()).toEqual(keys(influxSettings.pipe[0].entries).sort());
});

it("the columns of CSV files are there", () => {
  expect(text).toContain(`\`${COLUMNS.join(",")}\``);
});
