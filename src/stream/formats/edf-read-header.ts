/** What the header of an EDF, EDF+, BDF or BDF+ file says; https://www.edfplus.info/specs/edfplus.html has the layout. */

import { printableName } from "../../devices/printable.js";
import { readAt, withFile } from "../read-at.js";
import { HIGHEST_RATE, invalid, MOST_CHANNELS, utc } from "./signal-file.js";

export interface EdfSignalLayout {
  readonly name: string;
  readonly unit: string;
  /** Physical value of a digit: `digit * scale + offset`. */
  readonly scale: number;
  readonly offset: number;
  /** Name of the stream that it belongs to, where the file is one of ours. */
  readonly stream: string | undefined;
  readonly samples: number;
  readonly rate: number;
  /** Samples of a data record before those of this signal. */
  readonly before: number;
}

export interface EdfFileLayout {
  readonly width: 2 | 3;
  readonly headerBytes: number;
  readonly recordSeconds: number;
  readonly recordBytes: number;
  /** Data records that are read. */
  readonly records: number;
  readonly signals: readonly EdfSignalLayout[];
  /** Where annotations stand in a data record, in bytes; the first has the times of the records. None in plain EDF. */
  readonly annotations: readonly { readonly from: number; readonly until: number }[];
  readonly discontinuous: boolean;
  /** Epoch ms, without the fraction of the second. */
  readonly start: number | undefined;
  readonly warnings: readonly string[];
}

const MAIN_HEADER = 256;
/** The standard has records below 61440 bytes, and makers that do not keep to it stay below this. */
const LARGEST_RECORD_BYTES = 1 << 26;

/** @throws BioxError FILE_INVALID, FILE_UNREADABLE */
export function readEdfHeader(path: string): Promise<EdfFileLayout> {
  return withFile(path, async (file) => {
    const main = await readAt(path, file, 0, MAIN_HEADER);
    if (main.length < MAIN_HEADER) throw invalid(path, "is no whole EDF file: its header is cut off");
    const count = integer(path, "number of signals", main.toString("latin1", 252, 256), 1, MOST_CHANNELS);
    const rest = await readAt(path, file, MAIN_HEADER, 256 * count);
    if (rest.length < 256 * count) throw invalid(path, "is no whole EDF file: its header is cut off");
    const { size } = await file.stat();
    return readLayout(path, main.toString("latin1"), rest.toString("latin1"), count, size);
  });
}

function readLayout(path: string, main: string, rest: string, count: number, size: number): EdfFileLayout {
  const width = main.startsWith("\xff") ? 3 : 2;
  if (!main.startsWith("0       ") && !main.startsWith("\xffBIOSEMI")) throw invalid(path, "is not an EDF or BDF file");
  const headerBytes = MAIN_HEADER * (count + 1);
  const said = integer(path, "length of the header", main.slice(184, 192), 0, 99_999_999);
  if (said !== headerBytes)
    throw invalid(path, `says that its header has ${said} bytes, but that of ${count} signals has ${headerBytes}`);
  const recordSeconds = decimal(path, "duration of a data record", main.slice(244, 252));
  if (recordSeconds <= 0) throw invalid(path, `holds no signals: its data records last ${recordSeconds} s`);
  const { signals, annotations, samples } = readSignals(path, rest, count, width, recordSeconds);
  const recordBytes = samples * width;
  if (recordBytes > LARGEST_RECORD_BYTES) throw invalid(path, `claims data records of ${recordBytes} bytes`);
  const warnings: string[] = [];
  const announced = integer(path, "number of data records", main.slice(236, 244), -1, 99_999_999);
  const records = countRecords(path, announced, size - headerBytes, recordBytes, warnings);
  const start = readStart(path, main.slice(168, 184), main.slice(88, 168), warnings);
  const discontinuous = /^(EDF|BDF)\+D/.test(main.slice(192, 236));
  return {
    ...{
      width,
      headerBytes,
      recordSeconds,
      recordBytes,
      records,
      signals,
      annotations,
      discontinuous,
      start,
      warnings,
    },
  };
}

function readSignals(path: string, rest: string, count: number, width: number, recordSeconds: number) {
  let at = 0;
  const column = (size: number): string[] => {
    const cells = Array.from({ length: count }, (_, i) => rest.slice(at + i * size, at + (i + 1) * size).trim());
    at += count * size;
    return cells;
  };
  const [labels, transducers] = [column(16), column(80)];
  const [units, lows, highs, digitalLows, digitalHighs] = [column(8), column(8), column(8), column(8), column(8)];
  column(80);
  const samples = column(8).map((text, i) => integer(path, `samples of signal ${i + 1}`, text, 0, 1 << 24));
  const signals: EdfSignalLayout[] = [];
  const annotations: { from: number; until: number }[] = [];
  let before = 0;
  for (let i = 0; i < count; i++) {
    const isText = /^(EDF|BDF) Annotations$/.test(labels[i]!);
    if (isText) annotations.push({ from: before * width, until: (before + samples[i]!) * width });
    else if (samples[i]! > 0) {
      const name = `signal ${i + 1} (${printableName(labels[i]!)})`;
      const low = decimal(path, `physical range of ${name}`, lows![i]!);
      const high = decimal(path, `physical range of ${name}`, highs![i]!);
      const [first, last] = [digitalLows![i]!, digitalHighs![i]!].map((text) =>
        integer(path, `digital range of ${name}`, text, -(2 ** 23), 2 ** 23 - 1),
      ) as [number, number];
      if (first >= last) throw invalid(path, `has digits from ${first} to ${last} in ${name}, which is no range`);
      const scale = (high - low) / (last - first);
      if (scale === 0 || !Number.isFinite(scale) || !Number.isFinite(low - first * scale))
        throw invalid(path, `has values from ${low} to ${high} in ${name}, which is no range`);
      const rate = samples[i]! / recordSeconds;
      if (rate > HIGHEST_RATE) throw invalid(path, `claims ${rate} samples a second of ${name}`);
      signals.push({
        ...{ name: printableName(labels[i]!), unit: printableName(units![i]!), scale, offset: low - first * scale },
        ...{ stream: streamOf(transducers[i]!), samples: samples[i]!, rate, before },
      });
    }
    before += samples[i]!;
  }
  if (signals.length === 0) throw invalid(path, "holds no signals, only annotations");
  return { signals, annotations, samples: before };
}

/** Of an export of ours, in which the transducer is the stream that a signal came by. */
function streamOf(transducer: string): string | undefined {
  const [, name] = /^stream (.+)$/.exec(transducer) ?? [];
  return name === undefined ? undefined : printableName(name);
}

/** Data records to be read: those that the header announces, as far as they are there. */
function countRecords(path: string, announced: number, bytes: number, recordBytes: number, warnings: string[]): number {
  const whole = Math.floor(Math.max(0, bytes) / recordBytes);
  if (whole === 0) throw invalid(path, "holds no whole data record", "Record it again, for longer.");
  // A recorder writes the number at the end; one that was cut off leaves what it began with.
  if (announced <= 0)
    warnings.push(
      `${path} does not say how many data records it has (${announced}), as where a recorder was cut off: ${whole} are there and are read.`,
    );
  else if (announced > whole)
    warnings.push(`${path} announces ${announced} data records, but ${whole} whole ones are there: it was cut off.`);
  else if (bytes > announced * recordBytes)
    warnings.push(
      `${path} has ${bytes - announced * recordBytes} bytes behind the ${announced} data records that it announces: they are not read.`,
    );
  return announced <= 0 ? whole : Math.min(whole, announced);
}

const MONTHS = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";

/** Date and time of the header; of its two digits a year between 1985 and 2084, unless EDF+ has it in full. */
function readStart(path: string, text: string, recording: string, warnings: string[]): number | undefined {
  const [, day, month, year, hour, minute, second] =
    /^(\d\d)\D(\d\d)\D(\d\d)(\d\d)\D(\d\d)\D(\d\d)$/.exec(text)?.map(Number) ?? [];
  const full = /^Startdate (\d\d)-([A-Z]{3})-(\d{4}) /i.exec(recording);
  const sameDay =
    full && Number(full[1]) === day && MONTHS.indexOf(full[2]!.toUpperCase()) === 3 * (month! - 1)
      ? full[3]
      : undefined;
  const start =
    second === undefined
      ? undefined
      : utc(Number(sameDay ?? (year! >= 85 ? 1900 + year! : 2000 + year!)), month!, day!, hour!, minute!, second);
  if (start === undefined)
    warnings.push(
      `${path} says that it starts at '${printableName(text)}', which is no date and time: its markers have only the seconds since the start.`,
    );
  return start;
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
