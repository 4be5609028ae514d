import * as v from "valibot";
import { queueSettings } from "../../store/queue/settings.js";
import { sinkName } from "../sink-name.js";

const expectedUrl = "a URL such as 'http://influx:8086', without user, password and parameters";

function isServer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search } = new URL(text);
  return ["http:", "https:"].includes(protocol) && username + password + search === "";
}

const text = (means: string) => v.optional(v.pipe(v.string("a text"), v.minLength(1, "a text"), v.description(means)));
const expectedBatch = "a whole number from 1 to 10000";

/** Points to InfluxDB, or to a file that it can read. */
export const influxSettings = v.pipe(
  v.strictObject({
    type: v.literal("influx"),
    name: sinkName("influx"),
    url: v.optional(
      v.pipe(
        v.string(expectedUrl),
        v.check(isServer, expectedUrl),
        v.description("InfluxDB, with `bucket` (2.x, or 3 by its interface of 2)."),
      ),
    ),
    org: text("Organisation at that server."),
    bucket: text("Bucket at that server."),
    tokenFile: text("File whose first line is the token."),
    file: text("In place of a server: a file to which the lines are appended."),
    batch: v.optional(
      v.pipe(
        v.number(expectedBatch),
        v.integer(expectedBatch),
        v.minValue(1, expectedBatch),
        v.maxValue(10_000, expectedBatch),
        v.description("Lines of one request at most."),
      ),
      1000,
    ),
    queue: v.optional(v.pipe(queueSettings, v.description("What may wait while the server is away.")), {}),
  }),
  v.check(
    ({ url, file, bucket }) =>
      (url === undefined) !== (file === undefined) && (url === undefined || bucket !== undefined),
    "a sink with either `url` and `bucket`, or `file`",
  ),
);

export type InfluxSettings = v.InferOutput<typeof influxSettings>;
