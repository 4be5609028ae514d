import type { Bundle } from "../bundle/index.js";
import { BioxError, invalidArgument } from "../errors.js";
import { selectChannels } from "../stream/channels.js";
import type { Source } from "../stream/source.js";
import { trueRate } from "../stream/true-rate.js";
import { prepareFor } from "./preparation.js";
import type { LiveJob } from "./wearer.js";

/** Longest hop, s. */
const LONGEST_HOP_S = 86_400;

export interface RunOptions {
  /** Seconds between two windows; default the bundle's. */
  hop?: number;
  /** Share of a window that may be lost before it is no longer given to the model; default 0.2. */
  maxLost?: number;
  /** Id of the wearer, for windows that are run elsewhere. */
  wearer?: string;
  signal?: AbortSignal;
}

/** What an engine thread is to do with a source, from which of its streams, and what a user should know about it. */
export interface RunPlan {
  readonly job: Omit<LiveJob, "causal">;
  /** Ids of the streams; the first is the one whose samples windows are counted in. */
  readonly streams: readonly number[];
  readonly note: string | undefined;
}

/**
 * Refuses, before anything runs, a source or options that do not fit a bundle.
 *
 * @throws BioxError CHANNEL_MISSING, PREPARE_INVALID, INVALID_ARGUMENT
 */
export function planRun(bundle: Bundle, source: Source, options: RunOptions): RunPlan {
  const { manifest } = bundle;
  const hop = options.hop ?? manifest.window.hop;
  if (!(hop > 0 && hop <= LONGEST_HOP_S))
    throw invalidArgument("hop", "a number of seconds above 0 and at most a day", hop);
  const maxLost = options.maxLost ?? 0.2;
  if (!(maxLost >= 0 && maxLost <= 1)) throw invalidArgument("maxLost", "a share from 0 to 1", maxLost);
  const { stream, channels } = selectChannels(source.streams, manifest.new.channels, source.chosenChannels);
  const streams = [...new Set([stream.id, ...channels.map((place) => place.stream)])];
  const { rate, speed } = stream;
  if (hop * rate < 1) throw invalidArgument("hop", `at least one sample (${1 / rate} s)`, hop);
  // Compiled here only to be refused before anything runs; the engine compiles its own.
  const { preparation, note } = prepareFor(bundle, rate);
  const { samples } = preparation.input;
  const { capacity } = source.ring(stream.id);
  if (capacity < 2 * samples)
    throw new BioxError(
      "INVALID_ARGUMENT",
      `The source keeps ${capacity} samples, but windows of ${samples} need twice as many.`,
      "Open it with a longer history.",
    );
  const job = {
    source: source.uri,
    labels: manifest.labels,
    modality: manifest.new.modality,
    channels: channels.map((place) => ({ ring: streams.indexOf(place.stream), channel: place.channel })),
    rate,
    plan: { samples, hop: hop * rate },
    hopMs: (1000 * hop) / speed,
    maxLost,
    gaps: manifest.gaps,
    minimumQuality: manifest.quality.minimum,
  };
  return { job, streams, note };
}

/**
 * The plan for the rate at which a source was found to take its samples; undefined where the plan in use does.
 *
 * @param plan the one in use
 * @returns `usable` is false where the bundle cannot take that rate: then there is only something to tell, once
 */
export function replanRun(bundle: Bundle, source: Source, plan: RunPlan): (RunPlan & { usable: boolean }) | undefined {
  const { job } = plan;
  const { name } = source.streams.find(({ id }) => id === plan.streams[0])!;
  const clock = source.clocks.find(({ stream }) => stream === name);
  const rate = clock ? trueRate(clock, job.rate) : job.rate;
  if (!clock || rate === job.rate) return undefined;
  const claim = `the device claims ${clock.nominalRate} Hz and takes ${Number(rate.toPrecision(6))}`;
  try {
    const { preparation } = prepareFor(bundle, rate);
    const { samples } = preparation.input;
    const hop = (job.plan.hop / job.rate) * rate;
    const note = `${claim}; windows are cut and resampled by that`;
    return { ...plan, job: { ...job, rate, plan: { samples, hop } }, note, usable: true };
  } catch (error) {
    if (!(error instanceof BioxError)) throw error;
    const off = Math.abs(100 * (rate / job.rate - 1)).toFixed(1);
    const note = `${claim}, but this bundle filters continuously: frequencies are off by ${off} %`;
    return { ...plan, job: { ...job, rate }, note, usable: false };
  }
}
