import * as v from "valibot";

const text = v.pipe(v.string("a text"), v.nonEmpty("a text that is not empty"));
const above0 = (what: string) => v.pipe(v.number(what), v.finite(what), v.gtValue(0, what));
const seconds = above0("a number of seconds above 0");
const rate = above0("a number of hertz above 0");
const columns = v.pipe(v.array(text, "a list of columns"), v.minLength(1, "a list of at least one column"));
const timeUnit = v.picklist(["s", "ms", "us"], "'s', 'ms' or 'us'");
const label = v.union(
  [text, v.pipe(v.number(), v.safeInteger(), v.minValue(0))],
  "the name of a column, or the class of the whole recording, a whole number from 0",
);

/** What can be said of all recordings, and again of one. */
const reading = {
  columns: v.optional(columns),
  /** Of the samples, in Hz. */
  rate: v.optional(rate),
  /** Column with the time of each sample. */
  time: v.optional(text),
  timeUnit: v.optional(timeUnit),
};

const side = v.strictObject({
  ...reading,
  columns,
  rate,
  /** Length of its window, where that differs from `window.seconds`; both windows end at the same time. */
  seconds: v.optional(seconds),
  /** The steps of a bundle's `prepare`, which the room `prepare` checks. */
  prepare: v.array(v.unknown(), "a list of steps"),
});

const file = v.strictObject({ file: text, ...reading });

export const recordingsSchema = v.strictObject({
  new: side,
  old: side,
  window: v.strictObject({ seconds, hop: seconds }),
  recordings: v.pipe(
    v.array(
      v.strictObject({
        /** One file with both modalities; or `new` and `old` name one each. */
        file: v.optional(text),
        new: v.optional(v.union([text, file], "a file, or an object with one")),
        old: v.optional(v.union([text, file], "a file, or an object with one")),
        subject: v.optional(v.union([text, v.number()], "a name or a number")),
        split: v.optional(v.picklist(["train", "pair", "val", "test"], "'train', 'pair', 'val' or 'test'")),
        label: v.optional(label),
      }),
      "a list of recordings",
    ),
    v.minLength(1, "a list of at least one recording"),
  ),
});

export type RecordingsFile = v.InferOutput<typeof recordingsSchema>;
export type SideSpec = RecordingsFile["new"];
export type RecordingSpec = RecordingsFile["recordings"][number];
export type TimeUnit = v.InferOutput<typeof timeUnit>;
