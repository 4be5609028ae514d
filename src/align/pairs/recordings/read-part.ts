import { isAbsolute, join } from "node:path";
import { BioxError } from "../../../errors.js";
import { readCsv } from "../../../stream/csv.js";
import { RATE_TOLERANCE, SampleClock } from "./sample-clock.js";
import type { RecordingSpec, RecordingsFile, TimeUnit } from "./schema.js";
import { readSignals } from "./signals.js";

const PER_SECOND: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6 };

/** One modality of a recording. */
export interface Part {
  readonly file: string;
  readonly rate: number;
  /** A Float64Array for each column. */
  readonly signal: readonly Float64Array[];
  readonly clock: SampleClock;
  /** Whether its times are those of a clock, not only counted from its start. */
  readonly dated: boolean;
}

interface ReadPart {
  readonly part: Part;
  readonly labels?: Float64Array;
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
  /** Rate that is said of this file alone. */
  readonly ownRate?: number;
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
    ...(one.rate !== undefined && { ownRate: one.rate }),
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
  const read = (key: "new" | "old", labels?: string): Promise<ReadPart> => {
    const spec = partSpec(folder, recording, key, of);
    return readPart(spec, labels, signal).catch((cause) => {
      throw named(cause, spec.file, key);
    });
  };
  const [one, other] = [await read("new", label), await read("old")];
  const [fresh, known] = alike(one.part, other.part);
  return { new: fresh, old: known, ...(one.labels && { labels: one.labels }) };
}

/** A channel that is missing is named with its file, and with where it was asked for. */
function named(cause: unknown, file: string, key: string): unknown {
  if (!(cause instanceof BioxError) || cause.code !== "CHANNEL_MISSING") return cause;
  const message = cause.message.startsWith(file) ? cause.message : `${file}: ${cause.message}`;
  const hint = `Name what there is under 'columns' of '${key}' in pairs.yaml.`;
  return new BioxError(cause.code, message, hint, { cause });
}

/** Where only one of two files has dates, both are taken to start together. */
function alike(one: Part, other: Part): [Part, Part] {
  if (one.dated === other.dated) return [one, other];
  const counted = (part: Part): Part => ({ ...part, clock: part.clock.fromStart() });
  return [counted(one), counted(other)];
}

async function readPart(spec: PartSpec, label: string | undefined, signal?: AbortSignal): Promise<ReadPart> {
  const { file, columns } = spec;
  const signals = await readSignals(file, columns, signal);
  if (!signals) return readTable(spec, label, signal);
  const { rate, exact, values, times, dated } = signals;
  const refused =
    label !== undefined ? `a column of labels, '${label}'` : spec.time === undefined ? undefined : "'time'";
  if (refused !== undefined)
    throw new BioxError(
      "FILE_INVALID",
      `${file} knows the times of its samples and holds signals only, but ${refused} was named for it.`,
      "Leave it out; a label can be the number of a class, for the whole recording.",
    );
  if (spec.ownRate !== undefined && Math.abs(spec.ownRate / rate - 1) > RATE_TOLERANCE)
    throw new BioxError(
      "FILE_INVALID",
      `${file} has ${rate} samples a second, but 'rate' says ${spec.ownRate}.`,
      "Leave 'rate' of that file out.",
    );
  if (times.length === 0) throw new BioxError("FILE_INVALID", `${file} holds no sample of ${columns.join(", ")}.`);
  return { part: { file, rate, signal: values, clock: new SampleClock(file, times.length, exact, times), dated } };
}

async function readTable(
  { file, columns, rate, time, timeUnit }: PartSpec,
  label: string | undefined,
  signal?: AbortSignal,
): Promise<ReadPart> {
  const wanted = [...columns, ...(time === undefined ? [] : [time]), ...(label === undefined ? [] : [label])];
  const { values } = await readCsv(file, wanted, signal);
  const times = time === undefined ? undefined : values[columns.length]!.map((value) => value / PER_SECOND[timeUnit]);
  const clock = new SampleClock(file, values[0]!.length, rate, times);
  const part = { file, rate, signal: values.slice(0, columns.length), clock, dated: time !== undefined };
  return label === undefined ? { part } : { part, labels: values.at(-1)! };
}
