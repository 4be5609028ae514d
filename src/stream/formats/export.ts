import { rm } from "node:fs/promises";
import { extname } from "node:path";
import { BioxError } from "../../errors.js";
import { decodeRecording } from "../decode-recording.js";
import type { TimingReport } from "../timing.js";
import { exportCsv } from "./export-csv.js";
import { exportEdf } from "./export-edf.js";
import { exportWfdb } from "./export-wfdb.js";
import type { TimedSamples } from "./sample-csv.js";
import { type RecordingSurvey, surveyRecording } from "./survey.js";

export interface ExportedStream {
  name: string;
  /** Samples a second: what the device claims, which files of a fixed rate have, and what was found. */
  rate: number;
  measuredRate: TimingReport["rate"];
  /** Samples received, and lost. */
  samples: number;
  lost: number;
  channels: {
    name: string;
    unit: string;
    /** Bits of a number in the file; left out where numbers are text. */
    bits?: number;
    /** Largest difference between a value and what a reader gets, in `unit`. */
    error: number;
  }[];
}

export interface ExportReport {
  type: "exported";
  format: "edf" | "bdf" | "wfdb" | "csv";
  files: string[];
  streams: ExportedStream[];
  markers: number;
  /** What the format could not keep. */
  notes: string[];
}

/** What writes one format: takes the samples of the chosen streams, by their place among them, in the recording's order. */
export interface Exporter {
  readonly files: readonly string[];
  push(stream: number, samples: TimedSamples): Promise<void>;
  close(): Promise<void>;
  /** Closes what is open without finishing it. */
  abandon(): Promise<void>;
  /** Bits and largest error of a channel, once everything is written. */
  channel(stream: number, channel: number): { bits?: number; error: number };
  notes(): string[];
}

const FORMATS: Record<
  string,
  { format: ExportReport["format"]; create: (s: RecordingSurvey, path: string) => Promise<Exporter> }
> = {
  ".edf": { format: "edf", create: (survey, path) => exportEdf(survey, path, 16) },
  ".bdf": { format: "bdf", create: (survey, path) => exportEdf(survey, path, 24) },
  ".hea": { format: "wfdb", create: exportWfdb },
  ".csv": { format: "csv", create: exportCsv },
};

/** Endings of files that a recording can be exported to. */
export const EXPORT_ENDINGS: readonly string[] = Object.keys(FORMATS);

/**
 * Writes a recording in a format that others read: EDF+ (.edf), BDF+ (.bdf), WFDB (.hea and .dat) or CSV (.csv), told by the ending of
 * `to`. The recording is read twice, a piece at a time. Where it fails, the files that it had begun are removed.
 *
 * @param stream name of the one stream to write; default: all of them
 * @throws BioxError INVALID_ARGUMENT, FILE_*, CHANNEL_MISSING for a stream that is not there, and as a replay
 */
export async function exportRecording(path: string, to: string, stream?: string): Promise<ExportReport> {
  const kind = FORMATS[extname(to)];
  if (!kind)
    throw new BioxError(
      "INVALID_ARGUMENT",
      `Expected the file to export to, '${to}', to end in one of ${EXPORT_ENDINGS.join(", ")}.`,
      "The ending says the format.",
    );
  const survey = choose(await surveyRecording(path), stream);
  const places = new Map([...survey.streams.keys()].map((id, place) => [id, place]));
  const exporter = await kind.create(survey, to);
  try {
    for await (const item of decodeRecording(path)) {
      if (item.type !== "samples") continue;
      const place = places.get(item.stream);
      if (place !== undefined) await exporter.push(place, item);
    }
    await exporter.close();
  } catch (cause) {
    await exporter.abandon();
    for (const file of exporter.files) await rm(file, { force: true }).catch(() => {});
    throw cause;
  }
  return report(survey, kind.format, exporter);
}

function choose(survey: RecordingSurvey, stream: string | undefined): RecordingSurvey {
  const streams = [...survey.streams].filter(
    ([, { descriptor }]) => stream === undefined || descriptor.name === stream,
  );
  if (streams.length === 0)
    throw new BioxError(
      "CHANNEL_MISSING",
      `${survey.path} has no stream '${stream}'; it has ${[...survey.streams.values()].map((s) => s.descriptor.name).join(", ")}.`,
      "Name one of these with --stream, or leave it out for all.",
    );
  if (streams.every(([, { received }]) => received === 0))
    throw new BioxError("FILE_INVALID", `${survey.path} holds no sample that could be exported.`, "Record for longer.");
  return { ...survey, streams: new Map(streams) };
}

function report(survey: RecordingSurvey, format: ExportReport["format"], exporter: Exporter): ExportReport {
  const streams = [...survey.streams.values()];
  return {
    type: "exported",
    format,
    files: [...exporter.files],
    streams: streams.map(({ descriptor, samples, received, timing }, s) => ({
      name: descriptor.name,
      rate: descriptor.rate,
      measuredRate: timing?.rate ?? descriptor.rate,
      samples: received,
      lost: samples - received,
      channels: descriptor.channels.map(({ name, unit }, c) => ({ name, unit, ...exporter.channel(s, c) })),
    })),
    markers: streams[0]?.markers.length ?? 0,
    notes: exporter.notes(),
  };
}
