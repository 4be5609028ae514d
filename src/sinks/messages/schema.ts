import * as v from "valibot";

const text = (means: string) => v.pipe(v.string(), v.description(means));
const number = (means: string) => v.pipe(v.number(), v.description(means));
const count = (means: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.description(means));
const share = (means: string) => v.pipe(v.number(), v.minValue(0), v.maxValue(1), v.description(means));
const flag = (means: string) => v.pipe(v.boolean(), v.description(means));
const range = (means: string) =>
  v.pipe(v.array(v.number()), v.minLength(2, "two numbers"), v.maxLength(2, "two numbers"), v.description(means));

const gateway = text("Id of the gateway.");
const base = {
  id: v.pipe(
    v.string(),
    v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    v.description("Id of the message, UUID version 7: whoever gets it twice can tell by it."),
  ),
  at: number("When the message was made, epoch ms."),
  gateway,
  wearer: text("Pseudonymous id of the wearer whom it is about."),
};
const bundle = text("Name of the bundle in the gateway's configuration.");
const window = {
  t: range("Start and end of the window, epoch ms."),
  window: range("The same in samples since the start of the stream: first, and first after it."),
  lost: count("Samples of the window that were lost on the way."),
};
const quality = {
  quality: share("How far the window can be trusted."),
  reasons: v.pipe(
    v.array(v.picklist(["flat", "clipped", "drop-outs", "no pulse", "motion"])),
    v.description("What is wrong with it; empty where nothing is."),
  ),
  reliable: flag("Whether the quality is at least the bundle's minimum."),
  pulseRate: v.pipe(v.nullable(v.number()), v.description("Beats per minute; null where none can be told.")),
};

const prediction = v.strictObject({
  ...base,
  type: v.literal("prediction"),
  bundle,
  source: text("URI of the source."),
  ...window,
  label: text("The most probable label."),
  index: count("Its place in the bundle's labels."),
  probs: v.pipe(v.array(v.number()), v.description("What the model gives each label.")),
  ...quality,
  gaps: v.optional(
    v.pipe(v.looseObject({}), v.description("Where samples were lost, and what the model saw in their place.")),
  ),
  ageMs: number("From the receipt of the window's last byte to the result, ms."),
  ms: v.pipe(
    v.strictObject({
      prepare: v.number(),
      lower: v.number(),
      bridge: v.number(),
      upper: v.number(),
      total: v.number(),
    }),
    v.description("Times of the stages, ms."),
  ),
  batch: v.optional(count("Windows that were run together; left out where it was alone.")),
});

const unpredicted = v.strictObject({
  ...base,
  type: v.literal("unpredicted"),
  bundle,
  source: text("URI of the source."),
  ...window,
  reason: text("Why the window has no answer, in a sentence."),
});

const qualityChange = v.strictObject({
  ...base,
  type: v.literal("quality"),
  bundle,
  t: window.t,
  ...quality,
});

const link = v.strictObject({
  ...base,
  type: v.literal("link"),
  source: text("URI of the source."),
  state: v.pipe(
    v.picklist(["open", "silent", "reconnecting", "closed", "waiting"]),
    v.description("`waiting`: the device is not there, or did not answer, and is tried again."),
  ),
  reason: v.optional(text("Why, in a sentence.")),
  link: v.optional(v.pipe(v.looseObject({}), v.description("Counters of the link since it was opened."))),
});

const marker = v.strictObject({
  ...base,
  type: v.literal("marker"),
  name: text("What was marked."),
  by: text("Who, or what, has marked it."),
});

const overload = v.strictObject({
  ...base,
  type: v.literal("overload"),
  bundle,
  skippedHops: count("Hops left out since the last such message."),
  skippedInAll: count("Hops left out since the source was opened."),
});

const status = v.strictObject({
  type: v.literal("status"),
  gateway,
  state: v.picklist(["online", "offline"]),
  at: v.optional(number("When it was said, epoch ms; left out where the broker says it for a gateway that is gone.")),
});

/** Every payload that a gateway sends, by its `type`. */
export const payloadSchema = v.variant("type", [
  prediction,
  unpredicted,
  qualityChange,
  link,
  marker,
  overload,
  status,
]);
