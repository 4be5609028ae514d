import type { Registry } from "prom-client";
import type { Summary } from "../../engine/types.js";
import type { WearerStatus } from "../../gateway/types.js";
import type { LinkReport } from "../../stream/feed.js";
import { Growing } from "../growing.js";
import { type Collected, collectedCounter, collectedGauge, type Labels } from "./collected.js";

type Numbers<T> = { [K in keyof T]: T[K] extends number ? K : never }[keyof T] & string;

/** Every number that a link counts, and what its metric is called. */
const LINK: Record<Numbers<LinkReport>, [name: string, help: string]> = {
  bytes: ["biox_link_bytes_total", "Bytes received"],
  frames: ["biox_link_frames_total", "Intact frames received"],
  crcErrors: ["biox_link_crc_errors_total", "Frames with a wrong checksum"],
  framingErrors: ["biox_link_framing_errors_total", "Malformed frames"],
  oversize: ["biox_link_oversize_frames_total", "Frames that were too long"],
  resyncs: ["biox_link_resyncs_total", "How often the start of a frame had to be looked for"],
  undescribed: ["biox_link_undescribed_frames_total", "Intact frames that could not be understood"],
  reconnects: ["biox_link_reconnects_total", "How often a port was opened again while its source stayed open"],
  startsRepeated: ["biox_link_starts_repeated_total", "How often a stalled device was asked to start again"],
};

/** Every number of a run that is counted neither by a link nor by answers as they come. */
const RUN: Record<Exclude<Numbers<Summary>, "predictions" | "unpredicted">, [name: string, help: string]> = {
  skippedHops: ["biox_skipped_hops_total", "Windows that were left out because the engine could not keep up"],
  dropped: ["biox_dropped_predictions_total", "Answers that were not taken in time"],
  samples: ["biox_run_samples_total", "Samples received, of the streams that a bundle reads"],
  lost: ["biox_run_samples_lost_total", "Samples lost, of the streams that a bundle reads"],
  duplicates: ["biox_duplicate_samples_total", "Samples that came twice"],
  restarts: ["biox_device_restarts_total", "How often a device counted anew"],
  clockJumps: ["biox_device_clock_jumps_total", "How often a device's clock was set"],
};

const OF_RUN: ReadonlySet<keyof typeof RUN> = new Set(["skippedHops", "dropped"] as const);

const STATES: readonly WearerStatus["state"][] = ["open", "silent", "reconnecting", "closed", "waiting"];

/** Metrics of wearers, read off their status. */
export class WearerMetrics {
  readonly #growing = new Growing();
  readonly #all: Collected[] = [];
  readonly #gauges;
  readonly #counters;
  readonly #link;
  readonly #run;

  constructor(registry: Registry) {
    const gauge = (name: string, help: string, ...labels: string[]): Collected =>
      this.#known(collectedGauge(registry, name, help, ["wearer", ...labels]));
    const counter = (name: string, help: string, ...labels: string[]): Collected =>
      this.#known(collectedCounter(registry, name, help, ["wearer", ...labels]));
    this.#gauges = {
      state: gauge("biox_wearer_state", "1 for the state that a wearer's source is in", "state"),
      since: gauge("biox_wearer_state_since_seconds", "When the source entered its state, Unix time"),
      age: gauge("biox_sample_age_seconds", "Time since the newest sample was received"),
      battery: gauge("biox_battery_ratio", "Charge of the wearable's battery, 0 to 1"),
      recording: gauge("biox_recording", "1 while a recording is under way"),
      failing: gauge("biox_bundle_run_failing", "1 while a bundle gives no answers for a wearer", "bundle"),
      held: gauge("biox_ring_held_samples", "Samples in a stream's ring that can be read", "stream"),
    };
    this.#counters = {
      samples: counter("biox_samples_total", "Samples received"),
      lost: counter(
        "biox_samples_lost_total",
        "Samples that the device sent, or should have sent, and that did not arrive",
      ),
      reopened: counter("biox_source_reopened_total", "How often a source was opened again"),
      otherSamples: counter("biox_other_samples_total", "Samples received, of streams that no bundle reads", "bundle"),
      otherLost: counter("biox_other_samples_lost_total", "Samples lost, of streams that no bundle reads", "bundle"),
      overwritten: counter("biox_ring_overwritten_samples_total", "Samples that newer ones have overwritten", "stream"),
    };
    this.#link = entries(LINK).map(([key, [name, help]]) => ({ key, metric: counter(name, help) }));
    this.#run = entries(RUN).map(([key, [name, help]]) => ({ key, metric: counter(name, help, "bundle") }));
  }

  collect(wearers: readonly WearerStatus[]): void {
    for (const metric of this.#all) metric.clear();
    const seen = new Set<string>();
    const add = (metric: Collected, labels: Labels, value: number, epoch: number): void => {
      const key = [this.#all.indexOf(metric), ...Object.values(labels)].join(" ");
      seen.add(key);
      metric.set(labels, this.#growing.total(key, value, epoch));
    };
    for (const wearer of wearers) this.#collect(wearer, add);
    this.#growing.keep(seen);
  }

  #collect(
    { id, state, since, ageMs, battery, recording, opened, link, reopened, samples, lost, bundles }: WearerStatus,
    add: (metric: Collected, labels: Labels, value: number, epoch: number) => void,
  ): void {
    const [gauges, counters, labels] = [this.#gauges, this.#counters, { wearer: id }];
    for (const name of STATES) gauges.state.set({ ...labels, state: name }, name === state ? 1 : 0);
    gauges.since.set(labels, since / 1000);
    if (ageMs !== null) gauges.age.set(labels, ageMs / 1000);
    if (battery !== null) gauges.battery.set(labels, battery);
    gauges.recording.set(labels, recording === undefined ? 0 : 1);
    add(counters.samples, labels, samples, 0);
    add(counters.lost, labels, lost, 0);
    add(counters.reopened, labels, reopened, 0);
    for (const { name, summary, failure, run } of bundles) {
      const ofBundle = { ...labels, bundle: name };
      gauges.failing.set(ofBundle, failure === undefined ? 0 : 1);
      if (!summary) continue;
      // What a run counts itself begins anew with it, what it reads off its source with that.
      for (const { key, metric } of this.#run) add(metric, ofBundle, summary[key], OF_RUN.has(key) ? run : opened);
      add(counters.otherSamples, ofBundle, summary.otherStreams.samples, opened);
      add(counters.otherLost, ofBundle, summary.otherStreams.lost, opened);
    }
    if (link) for (const { key, metric } of this.#link) add(metric, labels, link[key], 0);
    // All runs of a wearer are over one source, so the first that knows its rings tells for all.
    for (const { stream, held, overwritten } of bundles.find(({ summary }) => summary)?.summary?.rings ?? []) {
      gauges.held.set({ ...labels, stream }, held);
      add(counters.overwritten, { ...labels, stream }, overwritten, opened);
    }
  }

  #known(metric: Collected): Collected {
    this.#all.push(metric);
    return metric;
  }
}

function entries<K extends string, T>(table: Record<K, T>): [K, T][] {
  return Object.entries(table) as [K, T][];
}
