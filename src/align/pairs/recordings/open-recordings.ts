import { basename, dirname } from "node:path";
import { BioxError } from "../../../errors.js";
import { parseSteps, type Step } from "../../../prepare/index.js";
import { checkedPairs } from "../checked.js";
import type { PairSet, PairSource } from "../pair-set.js";
import { source } from "../source.js";
import { alignClocks } from "./align-clocks.js";
import { readDescription } from "./read-description.js";
import { type Recording, readRecording } from "./read-part.js";
import type { RecordingSpec, RecordingsFile } from "./schema.js";
import { WindowSide } from "./window-side.js";

export interface RecordingsOptions {
  /** Number of classes, where known: larger labels are refused. */
  readonly classes?: number;
  /** Told after each recording. */
  readonly onProgress?: (what: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Where a window was cut, and what is said of it. */
interface Row {
  readonly file: string;
  readonly at: number;
  readonly line: number;
  readonly subject: string;
  readonly split: string;
  readonly label: number;
}

/**
 * Cuts and prepares the windows of a folder of recordings.
 *
 * @param path of its `pairs.yaml`
 * @see openPairs
 */
export async function openRecordings(path: string, options: RecordingsOptions): Promise<PairSet> {
  const { onProgress = () => {}, signal } = options;
  const description = await readDescription(path);
  const { window, recordings } = description;
  const side = (key: "new" | "old"): WindowSide => {
    const spec = description[key];
    return new WindowSide(key, spec, stepsOf(path, key, spec.prepare), spec.seconds ?? window.seconds);
  };
  const sides = { new: side("new"), old: side("old") };
  const close = (): void => {
    for (const { store } of [sides.new, sides.old]) store?.close();
  };
  try {
    const rows: Row[] = [];
    const notes: string[] = [];
    const sources: PairSource[] = [await source(path)];
    for (const [at, spec] of recordings.entries()) {
      signal?.throwIfAborted();
      const recording = await readRecording(dirname(path), spec, description, signal);
      notes.push(...cut(recording, spec, description, sides, rows));
      for (const file of new Set([recording.new.file, recording.old.file]))
        if (!sources.some(({ file: known }) => known === file)) sources.push(await source(file));
      onProgress("recordings", at + 1, recordings.length);
    }
    const [one, other] = [sides.new.store, sides.old.store];
    if (!one || !other || rows.length === 0)
      throw new BioxError(
        "FILE_INVALID",
        `${path}: no recording holds a whole window of ${window.seconds} s.`,
        "Make 'window.seconds' shorter, or give longer recordings.",
      );
    const labelled = rows.some(({ label }) => label >= 0);
    return checkedPairs(
      {
        length: rows.length,
        new: one,
        old: other,
        ...(labelled && { labels: Int32Array.from(rows, ({ label }) => label) }),
        splits: rows.map(({ split }) => split),
        subjects: rows.map(({ subject }) => subject),
        sources,
        notes,
        where(row) {
          const { file, at, line } = rows[row]!;
          return `window at ${Number(at.toFixed(3))} s of ${file}, row ${line}`;
        },
        close,
      },
      options.classes,
    );
  } catch (error) {
    close();
    throw error;
  }
}

/** Both sides have steps, so messages have to say whose they speak of. */
function stepsOf(path: string, key: string, prepare: unknown): Step[] {
  try {
    return parseSteps(prepare);
  } catch (cause) {
    if (!(cause instanceof BioxError)) throw cause;
    throw new BioxError(cause.code, `${path}, '${key}': ${cause.message}`, cause.hint, { cause });
  }
}

/** Cuts one recording. @returns notes */
function cut(
  recording: Recording,
  spec: RecordingSpec,
  { window: { seconds, hop }, new: newSpec, old: oldSpec }: RecordingsFile,
  sides: { readonly new: WindowSide; readonly old: WindowSide },
  rows: Row[],
): string[] {
  const { file, clock } = recording.new;
  const overlap = alignClocks(clock, recording.old.clock, hop);
  const [one, other] = [sides.new.begin(recording.new), sides.old.begin(recording.old)];
  const longest = Math.max(newSpec.seconds ?? seconds, oldSpec.seconds ?? seconds);
  const subject = String(spec.subject ?? basename(file).replace(/\..*$/, ""));
  const { split = "pair" } = spec;
  // Half a period, so that the last window is not lost to rounding.
  const slack = 0.5 / Math.max(recording.new.rate, recording.old.rate);
  let [windows, gaps] = [0, 0];
  for (let k = 0; ; k++) {
    const time = overlap.start + longest + k * hop;
    if (time > overlap.end + slack) break;
    windows++;
    if (!one.isWhole(time) || !other.isWhole(time)) {
      gaps++;
      continue;
    }
    one.take(time);
    other.take(time);
    const end = clock.before(time);
    const begin = end - Math.round((newSpec.seconds ?? seconds) * recording.new.rate);
    const label = typeof spec.label === "number" ? spec.label : labelOf(file, recording.labels, begin, end);
    rows.push({ file, at: time - longest, line: begin + 1, subject, split, label });
  }
  if (windows === 0) return [`${file} is shorter than a window of ${longest} s and is left out`];
  return gaps === 0 ? [] : [`${gaps} of ${windows} windows of ${file} have gaps and are left out`];
}

/** The class that most samples of a window have, the first of equals; -1 without labels. */
function labelOf(file: string, labels: Float64Array | undefined, begin: number, end: number): number {
  if (!labels) return -1;
  const counts = new Map<number, number>();
  for (let i = begin; i < end; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || Math.abs(label) > 2 ** 31 - 1)
      throw new BioxError(
        "FILE_INVALID",
        `${file} row ${i + 1}: the label is ${label}, but expected is the number of a class, or -1 where it is unknown.`,
        "Number the classes from 0.",
      );
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}
