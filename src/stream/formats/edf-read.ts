/** EDF, EDF+ (also discontinuous), BDF and BDF+ files; https://www.edfplus.info/specs/edfplus.html has the layout. */

import { printableName } from "../../devices/printable.js";
import { openRegular } from "../../regular-file.js";
import { readAt, withFile } from "../read-at.js";
import {
  type FileBlock,
  groupByRate,
  HIGHEST_RATE,
  invalid,
  MOST_CHANNELS,
  type SignalFile,
  streamName,
} from "./signal-file.js";

interface Signal {
  readonly name: string;
  readonly unit: string;
  /** Physical value of a digit: `digit * scale + offset`. */
  readonly scale: number;
  readonly offset: number;
  readonly samples: number;
  readonly rate: number;
  /** Samples of a data record before those of this signal. */
  readonly before: number;
}

interface Layout {
  readonly width: 2 | 3;
  readonly headerBytes: number;
  readonly recordSeconds: number;
  readonly recordSamples: number;
  readonly signals: readonly Signal[];
  /** Where annotations stand in a data record, in samples; undefined in plain EDF. */
  readonly annotations: { before: number; samples: number } | undefined;
  readonly discontinuous: boolean;
}

const MAIN_HEADER = 256;
/** The standard has records below 61440 bytes, and makers that do not keep to it stay below this. */
const LARGEST_RECORD_BYTES = 1 << 26;

/** True when the file begins as EDF or BDF does. */
export async function isEdf(path: string): Promise<boolean> {
  const start = (await withFile(path, (file) => readAt(path, file, 0, 8))).toString("latin1");
  return start === "0       " || start === "\xffBIOSEMI";
}

/** @throws BioxError FILE_INVALID, FILE_UNREADABLE */
export async function openEdf(path: string): Promise<SignalFile> {
  const layout = await withFile(path, async (file) => {
    const main = await readAt(path, file, 0, MAIN_HEADER);
    if (main.length < MAIN_HEADER) throw invalid(path, "is no whole EDF file: its header is cut off");
    const count = integer(path, "number of signals", main.toString("latin1", 252, 256), 1, MOST_CHANNELS);
    const rest = await readAt(path, file, MAIN_HEADER, 256 * count);
    if (rest.length < 256 * count) throw invalid(path, "is no whole EDF file: its header is cut off");
    return readLayout(path, main.toString("latin1"), rest.toString("latin1"), count);
  });
  const groups = groupByRate(layout.signals);
  const streams = groups.map(({ rate, members }) => ({ name: streamName(rate, members), rate, channels: members }));
  return { streams, blocks: () => readBlocks(path, layout, groups) };
}

function readLayout(path: string, main: string, rest: string, count: number): Layout {
  const width = main.startsWith("\xff") ? 3 : 2;
  if (!main.startsWith("0       ") && !main.startsWith("\xffBIOSEMI")) throw invalid(path, "is not an EDF or BDF file");
  const reserved = main.slice(192, 236);
  const recordSeconds = decimal(path, "duration of a data record", main.slice(244, 252));
  if (recordSeconds <= 0) throw invalid(path, `holds no signals: its data records last ${recordSeconds} s`);
  let at = 0;
  const column = (size: number): string[] => {
    const cells = Array.from({ length: count }, (_, i) => rest.slice(at + i * size, at + (i + 1) * size).trim());
    at += count * size;
    return cells;
  };
  const labels = column(16);
  column(80);
  const [units, lows, highs, digitalLows, digitalHighs] = [column(8), column(8), column(8), column(8), column(8)];
  column(80);
  const samples = column(8).map((text, i) => integer(path, `samples of signal ${i + 1}`, text, 0, 1 << 24));
  const signals: Signal[] = [];
  let annotations: Layout["annotations"];
  let before = 0;
  for (let i = 0; i < count; i++) {
    const isText = /^(EDF|BDF) Annotations$/.test(labels[i]!);
    // The first of them has the times of the data records.
    if (isText) annotations ??= { before, samples: samples[i]! };
    else if (samples[i]! > 0) {
      const name = `signal ${i + 1} (${printableName(labels[i]!)})`;
      const [low, high] = [
        decimal(path, `physical range of ${name}`, lows![i]!),
        decimal(path, `physical range of ${name}`, highs![i]!),
      ];
      const [first, last] = [digitalLows![i]!, digitalHighs![i]!].map((text) =>
        integer(path, `digital range of ${name}`, text, -(2 ** 23), 2 ** 23 - 1),
      ) as [number, number];
      if (first >= last) throw invalid(path, `has digits from ${first} to ${last} in ${name}, which is no range`);
      if (low === high) throw invalid(path, `has values from ${low} to ${high} in ${name}, which is no range`);
      const scale = (high - low) / (last - first);
      const rate = samples[i]! / recordSeconds;
      if (rate > HIGHEST_RATE) throw invalid(path, `claims ${rate} samples a second of ${name}`);
      signals.push({
        ...{ name: printableName(labels[i]!), unit: printableName(units![i]!), scale, offset: low - first * scale },
        ...{ samples: samples[i]!, rate, before },
      });
    }
    before += samples[i]!;
  }
  if (signals.length === 0) throw invalid(path, "holds no signals, only annotations");
  if (before * width > LARGEST_RECORD_BYTES) throw invalid(path, `claims data records of ${before * width} bytes`);
  return {
    ...{ width, headerBytes: MAIN_HEADER * (count + 1), recordSeconds, recordSamples: before, signals, annotations },
    discontinuous: /^(EDF|BDF)\+D/.test(reserved),
  };
}

async function* readBlocks(
  path: string,
  layout: Layout,
  groups: readonly { rate: number; members: Signal[] }[],
): AsyncGenerator<FileBlock, void, undefined> {
  const { width, headerBytes, recordSeconds, recordSamples, annotations, discontinuous } = layout;
  const bytes = recordSamples * width;
  const file = await openRegular(path);
  try {
    let begin: number | undefined;
    let last = Number.NEGATIVE_INFINITY;
    for (let record = 0; ; record++) {
      const data = await readAt(path, file, headerBytes + record * bytes, bytes);
      // A recorder that was cut off leaves part of a record, and -1 for their number: what is whole counts.
      if (data.length < bytes) return;
      let onset = record * recordSeconds;
      if (discontinuous) {
        const told = annotations && onsetOf(data.subarray(annotations.before * width).toString("latin1", 0, 40));
        if (told === undefined)
          throw invalid(path, `is discontinuous, but its data record ${record + 1} does not say its time`);
        onset = told;
        begin ??= onset;
        onset -= begin;
        if (onset < last + recordSeconds * (1 - 1e-6))
          throw invalid(path, `says that its data record ${record + 1} begins before the one before it has ended`);
      }
      last = onset;
      for (const [stream, { rate, members }] of groups.entries()) {
        const count = members[0]!.samples;
        const values = new Float64Array(count * members.length);
        for (const [c, { before, scale, offset }] of members.entries())
          for (let i = 0, at = before * width; i < count; i++, at += width)
            values[i * members.length + c] = data.readIntLE(at, width) * scale + offset;
        yield { stream, index: Math.round(onset * rate), count, values };
      }
    }
  } finally {
    await file.close();
  }
}

/** Seconds at which a data record begins: the number before the first sign of its annotations. */
function onsetOf(text: string): number | undefined {
  const [number = ""] = text.split("\x14");
  return /^[+-]\d+(\.\d*)?$/.test(number) ? Number(number) : undefined;
}

function decimal(path: string, what: string, text: string): number {
  const value = Number(text.trim().replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(value))
    throw invalid(
      path,
      `is no readable EDF file: expected the ${what} to be a number, but found '${printableName(text)}'`,
    );
  return value;
}

function integer(path: string, what: string, text: string, least: number, most: number): number {
  const value = decimal(path, what, text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw invalid(
      path,
      `is no readable EDF file: expected the ${what} to be a whole number from ${least} to ${most}, but found '${printableName(text)}'`,
    );
  return value;
}
