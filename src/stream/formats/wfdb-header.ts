/** WFDB header files, as of header(5) (https://physionet.org/physiotools/wag/header-5.htm). */

import { printableName } from "../../devices/printable.js";
import { HIGHEST_RATE, invalid, MOST_CHANNELS } from "./signal-file.js";
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
}

export interface WfdbHeader {
  /** Frames a second, and frames in all where the header says so. */
  readonly rate: number;
  readonly frames: number | undefined;
  readonly signals: readonly WfdbSignal[];
  /** Records that follow one another, with their frames; undefined in a record that is none of several. */
  readonly segments: readonly { readonly name: string; readonly frames: number }[] | undefined;
}

/** What a gain of 0 or none means: "uncalibrated", in units of a millivolt. */
const DEFAULT_GAIN = 200;
const DEFAULT_RATE = 250;

/** @throws BioxError FILE_INVALID */
export function parseWfdbHeader(path: string, text: string): WfdbHeader {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const match =
    /^[\w-]+(?:\/(\d+))?\s+(\d+)(?:\s+([\d.eE+-]+)(?:\/[\d.eE+-]+(?:\(.*?\))?)?(?:\s+(\d+))?)?(?:\s|$)/.exec(
      lines[0] ?? "",
    );
  if (!match) throw invalid(path, `is no WFDB header: its first line is '${printableName(lines[0] ?? "")}'`);
  const [, segmentCount, signalCount, rateText, framesText] = match;
  const rate = rateText === undefined ? DEFAULT_RATE : Number(rateText);
  if (!(rate > 0 && rate <= HIGHEST_RATE)) throw invalid(path, `claims ${rateText} frames a second`);
  const frames = framesText === undefined || framesText === "0" ? undefined : Number(framesText);
  if (segmentCount !== undefined) {
    const segments = lines.slice(1, 1 + Number(segmentCount)).map((line) => {
      const [, name, length] = /^([\w-]+|~)\s+(\d+)$/.exec(line) ?? [];
      if (name === undefined)
        throw invalid(path, `has a segment '${printableName(line)}', which is no name and length`);
      return { name, frames: Number(length) };
    });
    if (segments.length < Number(segmentCount))
      throw invalid(path, `announces ${segmentCount} segments, but lists ${segments.length}`);
    return { rate, frames, signals: [], segments };
  }
  const count = Number(signalCount);
  if (count === 0) throw invalid(path, "describes a record without signals");
  if (count > MOST_CHANNELS) throw invalid(path, `claims ${count} signals`);
  if (lines.length < 1 + count) throw invalid(path, `announces ${count} signals, but lists ${lines.length - 1}`);
  const signals = lines.slice(1, 1 + count).map((line, i) => parseSignal(path, line, i));
  for (const { perFrame } of signals)
    if (perFrame * rate > HIGHEST_RATE) throw invalid(path, `claims ${perFrame * rate} samples a second`);
  return { rate, frames, signals, segments: undefined };
}

function parseSignal(path: string, line: string, i: number): WfdbSignal {
  const match =
    /^(\S+)\s+(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?(?:\s+(-?[\d.]+(?:[eE][+-]?\d+)?)(?:\((-?\d+)\))?(?:\/(\S+))?(?:\s+-?\d+(?:\s+(-?\d+)(?:\s+-?\d+(?:\s+-?\d+(?:\s+-?\d+(?:\s+(.*))?)?)?)?)?)?)?$/.exec(
      line,
    );
  if (!match) throw invalid(path, `has a signal line that cannot be read: '${printableName(line)}'`);
  const [, file = "", formatText, perFrame = "1", skew, start = "0", gainText, baseline, unit, zero, name] = match;
  const format = Number(formatText);
  if (!PACKINGS.has(format))
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
  if (!Number.isFinite(gain) || Number(perFrame) < 1 || Number(perFrame) > 1 << 20)
    throw invalid(path, `has a signal line that cannot be read: '${printableName(line)}'`);
  return {
    ...{ file, format, perFrame: Number(perFrame), start: Number(start), gain },
    baseline: Number(baseline ?? zero ?? 0),
    unit: printableName(unit ?? "mV"),
    name: printableName(name ?? "").trim() || `signal ${i + 1}`,
  };
}
