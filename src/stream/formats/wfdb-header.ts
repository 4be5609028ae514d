/** WFDB header files, as of header(5) (https://physionet.org/physiotools/wag/header-5.htm). */

import { printableName } from "../../devices/printable.js";
import { HIGHEST_RATE, invalid, MOST_CHANNELS, utc } from "./signal-file.js";
import { PACKINGS } from "./wfdb-unpack.js";

export interface WfdbSignal {
  readonly file: string;
  readonly format: number;
  /** Samples in a frame. */
  readonly perFrame: number;
  /** Bytes of the file before its samples. */
  readonly start: number;
  readonly gain: number;
  readonly baseline: number;
  readonly unit: string;
  readonly name: string;
  /** First number of the signal, and the sum of all as a signed number of 16 bits, where the header has them. */
  readonly initial: number | undefined;
  readonly checksum: number | undefined;
}

export interface WfdbHeader {
  /** Frames a second, and frames in all where the header says so. */
  readonly rate: number;
  readonly frames: number | undefined;
  /** Epoch ms at which the record starts, where the header has date and time. */
  readonly start: number | undefined;
  /** What the header has as date and time, where that is none. */
  readonly badStart: string | undefined;
  readonly signals: readonly WfdbSignal[];
  /** Records that follow one another, with their frames; undefined in a record that is none of several. */
  readonly segments: readonly { readonly name: string; readonly frames: number }[] | undefined;
}

/** What a gain of 0 or none means: "uncalibrated", in units of a millivolt. */
const DEFAULT_GAIN = 200;
const DEFAULT_RATE = 250;
/** The format of signals that are described but not in any file. */
export const NOT_STORED = 0;
/** Samples of all signals in a frame. */
const MOST_IN_FRAME = 1 << 20;

/** @throws BioxError FILE_INVALID */
export function parseWfdbHeader(path: string, text: string): WfdbHeader {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const match =
    /^[\w-]+(?:\/(\d+))?\s+(\d+)(?:\s+([\d.eE+-]+)(?:\/[\d.eE+-]+(?:\(.*?\))?)?(?:\s+(\d+)(?:\s+(.*))?)?)?(?:\s|$)/.exec(
      lines[0] ?? "",
    );
  if (!match) throw invalid(path, `is no WFDB header: its first line is '${printableName(lines[0] ?? "")}'`);
  const [, segmentCount, signalCount, rateText, framesText, startText] = match;
  const rate = rateText === undefined ? DEFAULT_RATE : Number(rateText);
  if (!(rate > 0 && rate <= HIGHEST_RATE)) throw invalid(path, `claims ${rateText} frames a second`);
  const frames = framesText === undefined || framesText === "0" ? undefined : wholeFrames(path, framesText);
  const start = readStart(startText?.trim() ?? "");
  const badStart = startText && start === "bad" ? startText.trim() : undefined;
  const common = { rate, frames, start: start === "bad" ? undefined : start, badStart };
  if (segmentCount !== undefined) {
    const segments = lines.slice(1, 1 + Number(segmentCount)).map((line) => {
      const [, name, length] = /^([\w-]+|~)\s+(\d+)$/.exec(line) ?? [];
      if (name === undefined)
        throw invalid(path, `has a segment '${printableName(line)}', which is no name and length`);
      return { name, frames: wholeFrames(path, length!) };
    });
    if (segments.length < Number(segmentCount))
      throw invalid(path, `announces ${segmentCount} segments, but lists ${segments.length}`);
    return { ...common, signals: [], segments };
  }
  const count = Number(signalCount);
  if (count === 0) throw invalid(path, "describes a record without signals");
  if (count > MOST_CHANNELS) throw invalid(path, `claims ${count} signals`);
  if (lines.length < 1 + count) throw invalid(path, `announces ${count} signals, but lists ${lines.length - 1}`);
  const signals = lines.slice(1, 1 + count).map((line, i) => parseSignal(path, line, i));
  for (const { perFrame } of signals)
    if (perFrame * rate > HIGHEST_RATE) throw invalid(path, `claims ${perFrame * rate} samples a second`);
  const together = signals.reduce((sum, { perFrame }) => sum + perFrame, 0);
  if (together > MOST_IN_FRAME) throw invalid(path, `claims frames of ${together} samples`);
  return { ...common, signals, segments: undefined };
}

function parseSignal(path: string, line: string, i: number): WfdbSignal {
  const match =
    /^(\S+)\s+(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?(?:\s+(-?[\d.]+(?:[eE][+-]?\d+)?)(?:\((-?\d+)\))?(?:\/(\S+))?(?:\s+-?\d+(?:\s+(-?\d+)(?:\s+(-?\d+)(?:\s+(-?\d+)(?:\s+-?\d+(?:\s+(.*))?)?)?)?)?)?)?$/.exec(
      line,
    );
  if (!match) throw invalid(path, `has a signal line that cannot be read: '${printableName(line)}'`);
  const [, file = "", formatText, perFrame = "1", skew, start = "0", gainText, baseline, unit, zero] = match;
  const [initial, checksum, name] = match.slice(10);
  const format = Number(formatText);
  if (!PACKINGS.has(format) && format !== NOT_STORED)
    throw invalid(
      path,
      `has signals in format ${formatText}, which is none of ${[...PACKINGS.keys()].join(", ")}`,
      "Convert it with WFDB's xform, or export it as CSV.",
    );
  if (skew !== undefined && Number(skew) !== 0)
    throw invalid(
      path,
      `has signals that are skewed by ${skew} samples`,
      "Convert it with WFDB's xform, or export it as CSV.",
    );
  // A file beside the header, never one elsewhere: who sends somebody a header must not choose what is read.
  if (file === "-" || file === "." || file === ".." || /[/\\\0]/.test(file))
    throw invalid(path, `names '${printableName(file)}' as a file of its signals, which is no file beside it`);
  const gain = Number(gainText ?? 0) || DEFAULT_GAIN;
  if (
    !Number.isFinite(gain) ||
    !Number.isSafeInteger(Number(start)) ||
    Number(perFrame) < 1 ||
    Number(perFrame) > MOST_IN_FRAME
  )
    throw invalid(path, `has a signal line that cannot be read: '${printableName(line)}'`);
  return {
    ...{ file, format, perFrame: Number(perFrame), start: Number(start), gain },
    baseline: Number(baseline ?? zero ?? 0),
    unit: printableName(unit ?? "mV"),
    name: printableName(name ?? "").trim() || `signal ${i + 1}`,
    initial: initial === undefined ? undefined : Number(initial),
    checksum: checksum === undefined ? undefined : Number(checksum),
  };
}

function wholeFrames(path: string, text: string): number {
  const frames = Number(text);
  if (!Number.isSafeInteger(frames)) throw invalid(path, `claims ${text} frames`);
  return frames;
}

/** Epoch ms of a time and date, as `09:08:07.250 05/03/2026`; a time alone starts no record, for its day is not known. */
function readStart(text: string): number | undefined | "bad" {
  if (text === "") return undefined;
  const [, hour = "0", minute = "0", second, day, month, year] =
    /^(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,2}(?:\.\d*)?)(?:\s+(\d{1,2})\/(\d{1,2})\/(\d{1,4}))?$/.exec(text) ?? [];
  if (second === undefined) return "bad";
  const given = [year ?? "2000", month ?? "1", day ?? "1", hour, minute, second].map(Number);
  const at = utc(...(given as [number, number, number, number, number, number]));
  return at === undefined ? "bad" : year === undefined ? undefined : at;
}
