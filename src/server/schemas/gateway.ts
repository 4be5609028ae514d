import type { EngineInfo } from "../../engine/types.js";
import type { BundleStatus, WearerStatus } from "../../gateway/types.js";
import type { SinkReport } from "../../sinks/sink.js";
import {
  choice,
  count,
  flag,
  type JsonSchema,
  list,
  number,
  object,
  orNull,
  record,
  ref,
  share,
  text,
  time,
} from "./json-schema.js";

const channel = object<WearerStatus["streams"][number]["channels"][number]>("One column of a stream.", {
  name: text("its name"),
  unit: text("its unit"),
  scale: number("physical value of one raw step"),
  offset: number("physical value of raw 0"),
});

const wearer = object<WearerStatus>(
  "One wearer as it is now.",
  {
    id: text("pseudonymous id"),
    source: text("URI of the source, as configured"),
    port: text("where it was last found"),
    state: choice(["open", "silent", "reconnecting", "closed", "waiting"], "of the source"),
    reason: text("why it is in that state"),
    since: time("since when it is in that state"),
    streams: list(
      object<WearerStatus["streams"][number]>("A stream.", {
        id: count("its number on the link"),
        name: text("its name"),
        rate: number("samples a second"),
        channels: list(channel, "its channels"),
      }),
      "empty until the source has answered once",
    ),
    ageMs: orNull(number("ms since the newest sample was received; null before the first")),
    battery: orNull(share("charge of the wearable's battery; null where it does not say")),
    bundles: list(
      object<WearerStatus["bundles"][number]>(
        "A bundle that this wearer is run through.",
        {
          name: text("its name"),
          hop: number("seconds between two windows"),
          latest: ref("Answer"),
          summary: ref("Summary"),
          run: count("number of the run whose account that is; another one counts hops and answers anew"),
          failure: text("why it gives no answers at the moment"),
        },
        "latest",
        "summary",
        "failure",
      ),
      "the models that look at this wearer",
    ),
    recording: text("path of the recording under way"),
    opened: count("how many sources were opened for it, one after another"),
    link: ref("LinkReport"),
    reopened: count("how often a source, or its port, was opened again"),
    samples: count("samples received over all of them"),
    lost: count("samples lost over all of them"),
  },
  "port",
  "reason",
  "recording",
  "link",
);

const engine = object<EngineInfo>("What an engine was built as.", {
  name: text("name of the model"),
  labels: list({ type: "string" }, "its classes"),
  window: object<EngineInfo["window"]>("Of the model.", {
    seconds: number("length, s"),
    hop: number("between two windows, s"),
  }),
  engines: count("engine threads, each with the whole model"),
  threads: count("threads of ONNX Runtime in each of them"),
  batch: object<EngineInfo["batch"]>("Windows of different sources that are run together.", {
    most: count("at most"),
    lower: flag("whether the lower half takes several at once"),
    upper: flag("whether the upper half does"),
  }),
  bridge: record("how the bridge runs"),
  loadMs: number("load and first run of the halves, ms"),
});

const bundle = object<BundleStatus>(
  "A model that is loaded, or why it is not.",
  {
    name: text("its name in the configuration"),
    path: text("where it is"),
    task: text("what it tells"),
    labels: list({ type: "string" }, "its classes"),
    engine: ref("Engine"),
    failure: text("why it cannot be run at the moment"),
    failures: count("times that it could not be loaded, or that an engine of it has died"),
  },
  "engine",
  "failure",
);

const sink = object<SinkReport>(
  "How a sink is doing.",
  {
    name: text("its name"),
    state: choice(["connecting", "open", "waiting", "failed", "closed"], "what it is doing"),
    reason: text("what is wrong"),
    taken: count("messages handed over"),
    delivered: count("messages delivered"),
    waiting: count("messages that wait"),
    lost: count("messages lost"),
    interruptions: count("times that it was open and then was not"),
  },
  "reason",
);

export const gatewaySchemas: Readonly<Record<string, JsonSchema>> = {
  Wearer: wearer,
  Engine: engine,
  Bundle: bundle,
  Sink: sink,
};
