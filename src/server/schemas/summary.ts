import type { Percentiles, Summary } from "../../engine/types.js";
import type { RingGauge } from "../../stream/source-events.js";
import type { TimingReport } from "../../stream/timing.js";
import { choice, count, type JsonSchema, list, number, object, orNull, ref, share, text } from "./json-schema.js";

const percentiles = object<Percentiles>("Percentiles over the latest windows, ms.", {
  p50: number("median"),
  p95: number("95th"),
  p99: number("99th"),
});

const ring = object<RingGauge>("What a stream's ring holds.", {
  stream: text("name of the stream"),
  seconds: number("signal seconds that it keeps"),
  held: count("samples that are there to be read"),
  overwritten: count("samples that newer ones have overwritten"),
  ageMs: orNull(number("ms since the newest sample was received; null before the first")),
});

const clock = object<TimingReport & { stream: string }>("Clock and sample rate of a stream, as they were found.", {
  stream: text("name of the stream"),
  nominalRate: number("samples a second that the device claims"),
  rate: number("samples a second by the host's clock"),
  rateError: orNull(number("standard error of the rate, Hz; null until it has been found")),
  clock: choice(["device", "count"], "the device's own clock, or samples counted at the nominal rate"),
  driftPpm: orNull(number("how much faster than the host's clock the device's runs, parts per million")),
  driftErrorPpm: orNull(number("standard error of that; null while it is not known")),
  jitterMs: orNull(number("standard deviation of the least delay of a second, ms")),
  confidence: share("share of the last 60 s that agree with the estimate"),
});

const summary = object<Summary>("The account of a run since the source was opened.", {
  type: { const: "summary" },
  source: text("URI of the source"),
  predictions: count("answers"),
  unpredicted: count("windows without an answer"),
  skippedHops: count("windows that were left out because a newer one was there"),
  dropped: count("answers that were not taken in time"),
  samples: count("samples received, of the streams that the run reads"),
  lost: count("samples lost, of the same"),
  duplicates: count("samples that came twice"),
  restarts: count("how often the device counted anew"),
  clockJumps: count("how often the device's clock was set"),
  otherStreams: object<Summary["otherStreams"]>("Of the streams that the run does not read.", {
    samples: count("received"),
    lost: count("lost"),
  }),
  link: ref("LinkReport"),
  rings: list(ring, "each stream's ring"),
  clocks: list(clock, "each stream's clock"),
  ms: object<Summary["ms"]>("Times of the stages.", {
    prepare: ref("Percentiles"),
    lower: ref("Percentiles"),
    bridge: ref("Percentiles"),
    upper: ref("Percentiles"),
    total: ref("Percentiles"),
    age: ref("Percentiles"),
  }),
  eventLoopDelayMs: ref("Percentiles"),
});

export const summarySchemas: Readonly<Record<string, JsonSchema>> = { Percentiles: percentiles, Summary: summary };
