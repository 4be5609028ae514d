import * as v from "valibot";

/**
 * Plain file names only: a name from a bundle must never lead out of its folder, and must fit a tar header (100 bytes)
 * and every file system.
 */
export const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

const FILE_NAME_TEXT = "a plain file name of letters, digits, '.', '_' and '-'";

const text = v.pipe(v.string("a text"), v.nonEmpty("a text that is not empty"));
const fileName = v.pipe(v.string(FILE_NAME_TEXT), v.regex(FILE_NAME, FILE_NAME_TEXT));
const positive = (what: string) => v.pipe(v.number(what), v.finite(what), v.gtValue(0, what));
const extent = v.pipe(
  v.number("a whole number above 0"),
  v.safeInteger("a whole number above 0"),
  v.minValue(1, "a whole number above 0"),
);
const distinct = (what: string) => v.check<string[], string>((list) => new Set(list).size === list.length, what);
const rate = positive("a number of hertz above 0");
const channels = v.pipe(
  v.array(text, "a list of channel names"),
  v.minLength(1, "a list of at least one channel name"),
  distinct("a list of channel names that differ"),
);
const freeForm = v.optional(v.record(v.string(), v.unknown(), "an object"), {});

const upper = v.strictObject({ file: fileName, input: text, output: text });

export const manifestSchema = v.strictObject({
  format: v.literal("biox-bundle", "'biox-bundle'"),
  version: v.literal(1, "1"),
  name: text,
  task: text,
  /** Class names in the order of the logits. */
  labels: v.pipe(
    v.array(text, "a list of label texts"),
    v.minLength(2, "a list of at least two labels"),
    distinct("a list of labels that differ"),
  ),
  licence: text,
  /** What the wearable measures: `rate` in Hz, one name for each channel. */
  new: v.strictObject({ modality: text, channels, rate, unit: text }),
  /** What the task model was trained on; only for people to read. */
  old: v.looseObject({
    modality: text,
    channels: v.optional(channels),
    rate: v.optional(rate),
    unit: v.optional(text),
  }),
  /** Length of the window and time from one window to the next, in seconds. */
  window: v.strictObject({
    seconds: positive("a number of seconds above 0"),
    hop: positive("a number of seconds above 0"),
  }),
  /**
   * What is done about samples that were lost: "interpolate" lays a straight line, "hold" repeats the last value, "skip" gives no
   * window with a gap to the model. Gaps longer than `longestMs` are never bridged.
   */
  gaps: v.optional(
    v.strictObject({
      policy: v.picklist(["interpolate", "hold", "skip"], "'interpolate', 'hold' or 'skip'"),
      longestMs: v.optional(positive("a number of ms above 0")),
    }),
    { policy: "interpolate" },
  ),
  /** A prediction whose window has a quality below `minimum`, 0 to 1, is called unreliable. */
  quality: v.optional(
    v.strictObject({
      minimum: v.pipe(
        v.number("a number from 0 to 1"),
        v.minValue(0, "a number from 0 to 1"),
        v.maxValue(1, "a number from 0 to 1"),
      ),
    }),
    { minimum: 0 },
  ),
  /** Steps of the room `prepare`, which checks them. */
  prepare: v.array(v.unknown(), "a list of steps"),
  /** `layout` is that of the output: NTC is [1, time, channels], NCT is [1, channels, time]. */
  lower: v.strictObject({ ...upper.entries, layout: v.picklist(["NTC", "NCT"], "'NTC' or 'NCT'") }),
  bridge: v.strictObject({
    file: fileName,
    pool: v.literal("mean", "'mean'"),
    /** How the bridge's weights are kept in memory, a name that the room `bridge` knows; without it float32. */
    precision: v.optional(v.picklist(["float32", "float16", "int8"], "'float32', 'float16' or 'int8'")),
    /** How the bridge's output [C_out, T] enters the upper half; `shape` is that of its input. */
    target: v.strictObject({
      layout: v.picklist(["tokens-first", "channels-first", "raw"], "'tokens-first', 'channels-first' or 'raw'"),
      shape: v.pipe(
        v.array(extent, "a list of whole numbers above 0"),
        v.minLength(2, "a list of 2 to 8 whole numbers"),
        v.maxLength(8, "a list of 2 to 8 whole numbers"),
      ),
    }),
  }),
  upper,
  /** The file of the task head; null when the upper half ends in logits. */
  probe: v.optional(v.nullable(v.strictObject({ file: fileName })), null),
  /** Windows with what each stage made of them; differences may be `tolerance` times a stage's largest value. */
  golden: v.optional(
    v.nullable(
      v.strictObject({
        file: fileName,
        tolerance: v.pipe(positive("a number above 0 and below 1"), v.ltValue(1, "a number above 0 and below 1")),
      }),
    ),
    null,
  ),
  /** SHA-256 (hexadecimal, lower case) and size of each file. */
  files: v.record(
    fileName,
    v.strictObject({
      sha256: v.pipe(
        v.string("64 hexadecimal digits"),
        v.regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits in lower case"),
      ),
      bytes: v.pipe(
        v.number("a number of bytes"),
        v.safeInteger("a whole number of bytes"),
        v.minValue(0, "a number of bytes >= 0"),
      ),
    }),
    "an object",
  ),
  provenance: freeForm,
  metrics: freeForm,
});

/** The checked content of `bundle.json`, schema version 1. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

type Defaulted = "gaps" | "quality" | "golden";

/** What a new bundle is described by: `files` is found, and what has a default may be left out. */
export type NewManifest = Omit<Manifest, "files" | Defaulted> & Partial<Pick<Manifest, Defaulted>>;

/** What `files` says of one file. */
export type FileRecord = Manifest["files"][string];
