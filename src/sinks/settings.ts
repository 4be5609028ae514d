import * as v from "valibot";
import { csvSettings } from "./csv/settings.js";
import { influxSettings } from "./influx/settings.js";
import { mqttSettings } from "./mqtt/settings.js";

export const sinkSettings = v.variant(
  "type",
  [mqttSettings, influxSettings, csvSettings],
  "one of 'mqtt', 'influx' and 'csv'",
);

/** One entry of `sinks`. */
export type SinkSettings = v.InferOutput<typeof sinkSettings>;

/** The sinks of a gateway: each has a name of its own. */
export const sinksSettings = v.pipe(
  v.array(sinkSettings, "a list of sinks"),
  v.check(
    (sinks) => new Set(sinks.map(({ name }) => name)).size === sinks.length,
    "sinks with different names (`name`)",
  ),
);
