/** The header of EDF+ and BDF+ as of https://www.edfplus.info/specs/edfplus.html: ASCII, each field filled up with spaces. */

import { ascii } from "./ascii.js";
import type { EdfRange } from "./edf-range.js";

export interface EdfSignal {
  readonly label: string;
  /** The stream that it came by, as {@link edfStreamName} has it. */
  readonly stream: string;
  readonly range: EdfRange;
  readonly samples: number;
}

export interface EdfHeader {
  readonly bits: 16 | 24;
  readonly discontinuous: boolean;
  /** Epoch ms; written as UTC. */
  readonly start: number;
  readonly device: string;
  readonly records: number;
  readonly recordSeconds: number;
  readonly signals: readonly EdfSignal[];
  /** Samples in a data record of the signal that holds annotations. */
  readonly annotationSamples: number;
}

/** As long as a reader of ours takes; with the word before it, it fits into 80 characters. */
const LONGEST_STREAM_NAME = 64;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

export function encodeEdfHeader(header: EdfHeader): Buffer {
  const { bits, signals, recordSeconds } = header;
  const edf = bits === 16;
  const [year, month, day, hour, minute, second] = new Date(header.start).toISOString().split(/[-T:.Z]/) as string[];
  const count = signals.length + 1;
  const [lowest, highest] = edf ? [-32768, 32767] : [-8388608, 8388607];
  const column = (width: number, of: (signal: EdfSignal) => string, annotations: string): string =>
    signals.map((signal) => field(of(signal), width)).join("") + field(annotations, width);
  const text = [
    edf ? field("0", 8) : "\xffBIOSEMI",
    field("X X X X", 80),
    field(`Startdate ${day}-${MONTHS[Number(month) - 1]}-${year} X X ${word(header.device)} times_are_UTC`, 80),
    field(`${day}.${month}.${year!.slice(2)}`, 8),
    field(`${hour}.${minute}.${second}`, 8),
    field(String(256 * (count + 1)), 8),
    field(`${edf ? "EDF" : "BDF"}+${header.discontinuous ? "D" : "C"}`, 44),
    field(String(header.records), 8),
    field(String(recordSeconds), 8),
    field(String(count), 4),
    column(16, ({ label }) => label, `${edf ? "EDF" : "BDF"} Annotations`),
    column(80, ({ stream }) => `stream ${stream}`, ""),
    column(8, ({ range }) => range.unit, ""),
    column(8, ({ range }) => range.low, "-1"),
    column(8, ({ range }) => range.high, "1"),
    column(8, ({ range }) => String(range.digitalLow), String(lowest)),
    column(8, ({ range }) => String(range.digitalHigh), String(highest)),
    column(80, () => "", ""),
    column(8, ({ samples }) => String(samples), String(header.annotationSamples)),
    column(32, () => "", ""),
  ].join("");
  return Buffer.from(text, "latin1");
}

/** A stream's name as the file has it, in the transducers of its signals and in annotations. */
export function edfStreamName(name: string): string {
  return ascii(name).trim().slice(0, LONGEST_STREAM_NAME).trimEnd() || "unnamed";
}

/** Names of at most 16 characters, ASCII, no two the same. */
export function edfLabels(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const base = ascii(name).slice(0, 16).trim() || "signal";
    let label = base;
    for (let n = 2; taken.has(label); n++) label = `${base.slice(0, 16 - String(n).length - 1)}_${n}`;
    taken.add(label);
    return label;
  });
}

function field(text: string, width: number): string {
  return ascii(text).slice(0, width).padEnd(width);
}

/** A subfield: no spaces in it. */
function word(text: string): string {
  return ascii(text).trim().replace(/\s+/g, "_") || "X";
}
