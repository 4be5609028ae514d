import type { WindowGaps } from "../../engine/gaps.js";
import type { Prediction, Unpredicted } from "../../engine/types.js";
import type { LinkMessage, MarkerMessage, OverloadMessage } from "../../sinks/sink.js";
import type { LinkReport } from "../../stream/feed.js";
import {
  choice,
  count,
  flag,
  type JsonSchema,
  list,
  number,
  object,
  orNull,
  pair,
  ref,
  share,
  text,
  time,
} from "./json-schema.js";

const base = {
  id: { ...text("the same wherever this message is seen, and no other's: UUID version 7"), format: "uuid" },
  at: time("when it was made"),
  wearer: text("id of the wearer whom it is about"),
};
type Base = { id: string; at: number; wearer: string };
const answer = { ...base, bundle: text("name of the bundle whose answer it is") };
type Answer = Base & { bundle: string };

const windowOf = {
  source: text("URI of the source"),
  t: pair({ type: "number" }, "start and end of the window, epoch ms"),
  window: pair({ type: "integer" }, "the same in samples since the start of the stream: first, and first after it"),
  lost: count("samples of the window that were lost on the way"),
};

const ms = (description: string): JsonSchema => ({ type: "number", description: `${description}, ms` });

const gaps = object<WindowGaps>("Where samples of the window are missing, and what the model saw in their place.", {
  seconds: number("signal seconds that are missing"),
  longestMs: ms("the longest gap"),
  filled: choice(["interpolated", "held"], "how it was filled"),
  ranges: list(
    pair({ type: "integer" }, "first lost sample, counted from the window's start, and how many"),
    "the 32 longest",
  ),
});

const prediction = object<Answer & Prediction>(
  "An answer of a model about one window.",
  {
    ...answer,
    ...windowOf,
    type: { const: "prediction" },
    label: text("the most probable class"),
    index: count("its number"),
    probs: list(share("of a class"), "probability of each class, in the order of the bundle's labels"),
    quality: share("how far the window can be trusted"),
    reasons: list(choice(["flat", "clipped", "drop-outs", "no pulse", "motion"], "a reason"), "what is wrong with it"),
    reliable: flag("whether the quality is at least the bundle's minimum"),
    pulseRate: orNull(number("beats a minute in the window; null where none can be told")),
    gaps,
    ageMs: ms("from the receipt of the window's last byte to the result"),
    ms: object<Prediction["ms"]>(
      "Times of the stages.",
      {
        prepare: ms("preparation"),
        lower: ms("lower half"),
        bridge: ms("bridge"),
        upper: ms("upper half"),
        total: ms("all of them"),
        queue: ms("on the way to another machine and back, and waiting there; in no total"),
      },
      "queue",
    ),
    batch: {
      type: "integer",
      minimum: 1,
      description: "windows that were run together; left out of one that was alone",
    },
  },
  "gaps",
  "batch",
);

const unpredicted = object<Answer & Unpredicted>("A window without an answer.", {
  ...answer,
  ...windowOf,
  type: { const: "unpredicted" },
  reason: text("why there is none"),
});

export const linkProperties = {
  state: choice(["open", "silent", "reconnecting", "closed"], "silent: the port is open, but no samples come"),
  reconnects: count("how often the port was opened again"),
  startsRepeated: count("how often a device that had stalled was asked to start again"),
  lowLatency: choice(["on", "off", "unsupported"], "whether the adapter hands over bytes at once"),
  bytes: count("bytes received"),
  frames: count("intact frames"),
  crcErrors: count("frames with a wrong checksum"),
  framingErrors: count("frames that were malformed"),
  oversize: count("frames that were too long"),
  resyncs: count("how often the start of a frame had to be looked for"),
  undescribed: count("intact frames that could not be understood"),
};

const linkReport = object<LinkReport>("What a link has carried and lost since it was opened.", linkProperties);

const link = object<LinkMessage>(
  "A change of the state of a wearer's source.",
  {
    ...base,
    type: { const: "link" },
    source: text("URI of the source"),
    state: choice(["open", "silent", "reconnecting", "closed", "waiting"], "waiting: it is not there, and tried again"),
    reason: text("why"),
    link: ref("LinkReport"),
  },
  "reason",
  "link",
);

const marker = object<MarkerMessage>("A moment that somebody, or the device, has marked.", {
  ...base,
  type: { const: "marker" },
  name: text("what it was called"),
  by: text("who marked it: the name of a token, or the device"),
});

const overload = object<OverloadMessage>("Hops that were left out because the engine could not keep up.", {
  ...base,
  type: { const: "overload" },
  bundle: text("name of the bundle"),
  skippedHops: count("left out since the last such message"),
  skippedInAll: count("left out since the source was opened"),
});

export const messageSchemas: Readonly<Record<string, JsonSchema>> = {
  Prediction: prediction,
  Unpredicted: unpredicted,
  LinkReport: linkReport,
  Link: link,
  Marker: marker,
  Overload: overload,
  Answer: { description: "The newest answer of a bundle.", anyOf: [ref("Prediction"), ref("Unpredicted")] },
  Message: {
    description: "Anything that a gateway tells.",
    anyOf: ["Prediction", "Unpredicted", "Link", "Marker", "Overload"].map(ref),
  },
};
