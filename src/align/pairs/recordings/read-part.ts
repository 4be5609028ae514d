import { isAbsolute, join } from "node:path";
import { readCsv } from "../../../stream/csv.js";
import { SampleClock } from "./sample-clock.js";
import type { RecordingSpec, RecordingsFile, TimeUnit } from "./schema.js";

const PER_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6 };

/** One modality of a recording. */
export interface Part {
  readonly file: string;
  readonly rate: number;
  /** A Float64Array for each column. */
  readonly signal: readonly Float64Array[];
  readonly clock: SampleClock;
}

export interface Recording {
  readonly new: Part;
  readonly old: Part;
  /** Class of each sample of the new modality's file. */
  readonly labels?: Float64Array;
}

interface PartSpec {
  readonly file: string;
  readonly columns: readonly string[];
  readonly rate: number;
  readonly timeUnit: TimeUnit;
  readonly time?: string;
}

/** What is said of one file, over what is said of all. */
function partSpec(folder: string, recording: RecordingSpec, key: "new" | "old", of: RecordingsFile): PartSpec {
  const all = of[key];
  const own = recording[key] ?? recording.file!;
  const one = typeof own === "string" ? { file: own } : own;
  const time = one.time ?? all.time;
  return {
    file: isAbsolute(one.file) ? one.file : join(folder, one.file),
    columns: one.columns ?? all.columns,
    rate: one.rate ?? all.rate,
    timeUnit: one.timeUnit ?? all.timeUnit ?? "s",
    ...(time !== undefined && { time }),
  };
}

/**
 * Reads both modalities of a recording.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID, CHANNEL_MISSING naming file, line and column
 */
export async function readRecording(
  folder: string,
  recording: RecordingSpec,
  of: RecordingsFile,
  signal?: AbortSignal,
): Promise<Recording> {
  const label = typeof recording.label === "string" ? recording.label : undefined;
  const one = await readPart(partSpec(folder, recording, "new", of), label, signal);
  const other = await readPart(partSpec(folder, recording, "old", of), undefined, signal);
  return { new: one.part, old: other.part, ...(one.labels && { labels: one.labels }) };
}

async function readPart(
  { file, columns, rate, time, timeUnit }: PartSpec,
  label: string | undefined,
  signal?: AbortSignal,
): Promise<{ part: Part; labels?: Float64Array }> {
  const wanted = [...columns, ...(time === undefined ? [] : [time]), ...(label === undefined ? [] : [label])];
  const { values } = await readCsv(file, wanted, signal);
  const times = time === undefined ? undefined : values[columns.length]!.map((value) => value / PER_SECOND[timeUnit]);
  const clock = new SampleClock(file, values[0]!.length, rate, times);
  const part = { file, rate, signal: values.slice(0, columns.length), clock };
  return label === undefined ? { part } : { part, labels: values.at(-1)! };
}
