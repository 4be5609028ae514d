import type { StreamDescriptor } from "../../../devices/types.js";
import { BioxError } from "../../../errors.js";
import { selectChannels } from "../../../stream/channels.js";
import { Column } from "../../../stream/column.js";
import { decodeRecording } from "../../../stream/decode-recording.js";
import { isEdf, openEdf } from "../../../stream/formats/edf-read.js";
import type { FileBlock, SignalFile } from "../../../stream/formats/signal-file.js";
import { surveyRecording } from "../../../stream/formats/survey.js";
import { openWfdb } from "../../../stream/formats/wfdb-read.js";
import { isRecording } from "../../../stream/recording.js";
import { trueRate } from "../../../stream/true-rate.js";

/** Channels of a file that knows its rate and its losses; samples that are missing are left out. */
export interface Signals {
  /** Samples a second to reckon with: as the file claims, where that is near enough. */
  readonly rate: number;
  /** The same as it was found to be. */
  readonly exact: number;
  /** A Float64Array for each channel. */
  readonly values: readonly Float64Array[];
  /** When each sample was taken, in s. */
  readonly times: Float64Array;
  /** Whether times count from 1970, not from the start of the file. */
  readonly dated: boolean;
}

/**
 * Reads channels of an EDF, BDF or WFDB file, or of a recording of a wearable, as a replay does: told by its ending or its first bytes.
 *
 * @param names of the channels, which must have one rate and, in a recording, one stream
 * @returns undefined when the file is none of these
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID, CHANNEL_MISSING
 */
export async function readSignals(
  path: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Signals | undefined> {
  if (path.endsWith(".hea")) return readFile(path, await openWfdb(path), names, signal);
  if (/\.(edf|bdf)$/i.test(path) || (await isEdf(path))) return readFile(path, await openEdf(path), names, signal);
  return (await isRecording(path)) ? readOwn(path, names, signal) : undefined;
}

async function readFile(
  path: string,
  file: SignalFile,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Signals> {
  const streams = file.streams.map(({ name, channels, rate }, id) => ({
    ...{ id, name, rate, speed: 1, clock: "count" as const, next: 0 },
    channels: [...channels],
  }));
  const from = placeOf(path, streams, names);
  const rows = new Rows(from.channels);
  for await (const block of file.blocks()) {
    signal?.throwIfAborted();
    if (block.stream === from.stream) rows.take(block, streams[from.stream]!.channels.length);
  }
  const { rate } = file.streams[from.stream]!;
  const start = (file.start ?? 0) / 1000;
  const times = rows.at((index) => start + index / rate);
  return { rate, exact: rate, values: rows.values(), times, dated: file.start !== undefined };
}

/** Times of a recording lie on the line that its clock ends on: what came late at first does not bend them. */
async function readOwn(path: string, names: readonly string[], signal: AbortSignal | undefined): Promise<Signals> {
  const { streams } = await surveyRecording(path);
  const from = placeOf(
    path,
    [...streams.values()].map(({ descriptor }) => descriptor),
    names,
  );
  const { descriptor, timing } = streams.get(from.stream)!;
  const rows = new Rows(from.channels);
  let [last, time] = [0, 0];
  for await (const item of decodeRecording(path)) {
    signal?.throwIfAborted();
    if (item.type !== "samples" || item.stream !== from.stream) continue;
    rows.take(item, descriptor.channels.length);
    [last, time] = [item.index, item.time / 1000];
  }
  const exact = timing?.rate ?? descriptor.rate;
  const rate = timing ? trueRate(timing) : descriptor.rate;
  return { rate, exact, values: rows.values(), times: rows.at((index) => time + (index - last) / exact), dated: true };
}

/** The stream that has all channels, and their places in it. */
function placeOf(path: string, streams: readonly StreamDescriptor[], names: readonly string[]) {
  const { channels } = selectChannels(streams, names, names);
  const { stream } = channels[0]!;
  if (channels.every((one) => one.stream === stream))
    return { stream, channels: channels.map(({ channel }) => channel) };
  throw new BioxError(
    "CHANNEL_MISSING",
    `${path} has no stream with all of ${names.join(", ")}: they have rates or clocks of their own.`,
    "Name channels of one stream for a modality; 'biox export' shows which there are.",
  );
}

/** Samples of chosen channels that are there, with their numbers. */
class Rows {
  readonly #columns: readonly Column[];
  readonly #numbers = new Column();

  constructor(private readonly picks: readonly number[]) {
    this.#columns = picks.map(() => new Column());
  }

  take({ index, count, values }: Pick<FileBlock, "index" | "count" | "values">, width: number): void {
    for (let i = 0; i < count; i++) {
      const at = i * width;
      if (!this.picks.every((c) => Number.isFinite(values[at + c]))) continue;
      this.#numbers.push(index + i);
      for (const [k, c] of this.picks.entries()) this.#columns[k]!.push(values[at + c]!);
    }
  }

  values(): Float64Array[] {
    return this.#columns.map((column) => column.take());
  }

  at(timeOf: (index: number) => number): Float64Array {
    return this.#numbers.take().map(timeOf);
  }
}
