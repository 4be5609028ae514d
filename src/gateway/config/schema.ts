import * as v from "valibot";
import { LOG_LEVELS } from "../log.js";
import type { GatewaySettings } from "./settings.js";

/** Ids of gateways and wearers become parts of topics, subjects and file names. */
const GATEWAY_ID = "an id of 1 to 40 lower-case letters, digits and '-'";
const WEARER_ID = "a pseudonymous id of 1 to 40 letters, digits, '_' and '-'";
const BUNDLE_NAME = "1 to 40 letters, digits, '.', '_' and '-'";

const text = (what: string) => v.pipe(v.string(what), v.nonEmpty(what));
const whole = (most: number) => {
  const what = `a whole number from 1 to ${most}`;
  return v.pipe(v.number(what), v.integer(what), v.minValue(1, what), v.maxValue(most, what));
};
const seconds = (least: number, most: number) => {
  const what =
    least > 0 ? `a number of seconds from ${least} to ${most}` : `a number of seconds above 0, up to ${most}`;
  const number = v.pipe(v.number(what), v.maxValue(most, what));
  return least > 0 ? v.pipe(number, v.minValue(least, what)) : v.pipe(number, v.gtValue(0, what));
};

const bundleSettings = v.strictObject({
  path: v.pipe(text("the path of a bundle"), v.description("Folder or .tar of the bundle.")),
  engines: v.optional(v.pipe(whole(64), v.description("Engine threads, each with the whole model; 1 unless given."))),
  threads: v.optional(
    v.pipe(
      whole(64),
      v.description("Threads of ONNX Runtime in each engine; by default shared out from the machine's cores."),
    ),
  ),
  batch: v.optional(
    v.pipe(whole(64), v.description("Windows of different wearers that are run together at most; 1 unless given.")),
  ),
  precision: v.optional(
    v.pipe(
      v.picklist(["float32", "float16", "int8"], "one of float32, float16, int8"),
      v.description("How the bridge's weights are stored; the bundle's own unless given."),
    ),
  ),
});

const wearerSettings = v.strictObject({
  id: v.pipe(
    v.string(WEARER_ID),
    v.regex(/^[A-Za-z0-9_-]{1,40}$/, WEARER_ID),
    v.description("Pseudonymous id, never a name: it stands in messages, logs and names of files."),
  ),
  source: v.pipe(
    text("a source such as 'serial:/dev/ttyUSB0?device=biox'"),
    v.description(
      "`serial:PATH?device=...`, `usb:VENDOR:PRODUCT?serial=NUMBER&device=...`, `sim:?hr=72` or `replay:FILE`.",
    ),
  ),
  bundles: v.optional(
    v.pipe(
      v.array(v.string("the name of a bundle"), "a list of names of bundles"),
      v.check((names) => new Set(names).size === names.length, "a list of names that differ"),
      v.description("Names of the bundles that are run on it; without any it is only recorded and shown."),
    ),
    [],
  ),
  hop: v.optional(v.pipe(seconds(0, 86_400), v.description("Seconds between two windows; the bundle's unless given."))),
  record: v.optional(
    v.pipe(v.boolean("true or false"), v.description("Whether the bytes of its link are recorded.")),
    false,
  ),
  silence: v.optional(
    v.pipe(
      seconds(3, 3600),
      v.description("Seconds that an open port may stay without a sample before it is closed and opened again."),
    ),
    30,
  ),
});

/** Keys of a configuration that the gateway itself reads; other parts bring sections of their own. */
export const gatewayEntries = {
  gateway: v.optional(
    v.pipe(
      v.string(GATEWAY_ID),
      v.regex(/^[a-z0-9-]{1,40}$/, GATEWAY_ID),
      v.description("Id of this gateway: the same for as long as it lives."),
    ),
    "gateway",
  ),
  data: v.optional(
    v.pipe(
      text("the path of a folder"),
      v.description("Folder for recordings, history and what waits for a broker; made where it is missing."),
    ),
    "data",
  ),
  bundles: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(BUNDLE_NAME), v.regex(/^[A-Za-z0-9._-]{1,40}$/, BUNDLE_NAME)),
        bundleSettings,
        "an object with a bundle by each name",
      ),
      v.description("Bundles by the names under which wearers ask for them."),
    ),
    {},
  ),
  wearers: v.pipe(v.array(wearerSettings, "a list of wearers"), v.description("Who is measured, and by what.")),
  log: v.optional(
    v.strictObject({
      level: v.optional(
        v.pipe(
          v.picklist(LOG_LEVELS, `one of ${LOG_LEVELS.join(", ")}`),
          v.description("Least level of what is written to stderr; of signal data nothing is, at any level."),
        ),
        "info",
      ),
    }),
    {},
  ),
};

/** Sections that other parts read, by their key. */
export type Sections = Record<string, v.GenericSchema>;

/** The schema of a whole configuration: unknown keys are refused. */
export function configSchema<S extends Sections>(sections: S) {
  return v.strictObject({ ...gatewayEntries, ...sections });
}

/** What a configuration with these sections says. */
export type Config<S extends Sections> = GatewaySettings & { [K in keyof S]: v.InferOutput<S[K]> };
