import { channel, countedStream } from "../describe.js";
import type { StreamDescriptor } from "../types.js";
import { type Column, columnsOf, isKnown } from "./columns.js";
import { guessColumns } from "./guess.js";
import type { Line } from "./parse.js";
import { guessUnit, medianStep, rateOf } from "./rate.js";

/** Lines alike that make a layout: three where they have names, sixteen where their contents must tell. */
const NAMED_LINES = 3;
const NAMELESS_LINES = 16;
/** With a time column also so much of its time, for the rate, but no more lines than these. */
const RATE_MS = 500;
const MOST_LINES = 256;

/** Rate where neither the user nor a time column tells one: what PulseSensor's sketches print. */
export const DEFAULT_RATE = 50;

/** How the lines of a sketch are to be read. */
export interface Layout {
  /** Lines are alike where this is the same; see {@link Line}. */
  signature: string;
  names: readonly string[];
  columns: readonly Column[];
  /** ms in one unit of the time column. */
  msPerUnit: number;
  /** First the stream of the samples, if there are any, then one for each slow value. */
  streams: readonly StreamDescriptor[];
  rate: number;
}

export interface LayoutOptions {
  /** Given by the user, or undefined. */
  rate: number | undefined;
  /** Names that the user gives to nameless columns, or undefined. */
  columns: readonly string[] | undefined;
}

/**
 * The layout of `lines`, all with one signature, or undefined while more are needed to tell.
 *
 * @param header the header right before the first of them, if there was one
 */
export function layoutOf(lines: readonly Line[], header: Line | undefined, options: LayoutOptions): Layout | undefined {
  const first = lines[0]!;
  const tagged = first.form === "tagged";
  const names = tagged ? tagNames(lines) : namesOf(first, header, options.columns);
  const nameless = names === undefined && first.values.length > 1;
  if (lines.length < (nameless || tagged ? NAMELESS_LINES : NAMED_LINES)) return undefined;
  const columns = names
    ? columnsOf(tagged ? names.map(tagMeaning) : names)
    : guessColumns(lines.map((line) => line.values));
  let msPerUnit = 1;
  let rate = options.rate ?? DEFAULT_RATE;
  const time = columns.findIndex(({ role }) => role === "time");
  if (time >= 0) {
    const times = lines.map((line) => line.values[time]!).filter(Number.isFinite);
    msPerUnit = columns[time]!.ms ?? guessUnit(medianStep(times));
    const span = (times.at(-1)! - times[0]!) * msPerUnit;
    if (!(span > RATE_MS) && lines.length < MOST_LINES) return undefined;
    if (options.rate === undefined) rate = rateOf(times.map((each) => each * msPerUnit)) ?? DEFAULT_RATE;
  }
  const streams = streamsOf(columns, rate, time >= 0);
  if (streams.length === 0) return undefined;
  return { signature: first.signature, names: names ?? [], columns, msPerUnit, streams, rate };
}

function namesOf(
  line: Line,
  header: Line | undefined,
  given: readonly string[] | undefined,
): readonly string[] | undefined {
  if (line.form === "named") return line.names;
  const width = line.values.length;
  if (given) return given.length === width ? given : undefined;
  // One word before single numbers may be a greeting; more words in as many columns are not.
  if (header?.names.length === width && (width > 1 || isKnown(header.names[0]!))) return header.names;
  return width === 1 ? ["ch1"] : undefined;
}

function streamsOf(columns: readonly Column[], rate: number, timed: boolean): StreamDescriptor[] {
  const channels = columns.filter(({ role }) => role === "sample").map(({ name, unit }) => channel(name, unit));
  const streams = channels.length > 0 ? [countedStream(0, "signal", rate, channels)] : [];
  for (const { role, name, unit } of columns)
    if (role === "slow") streams.push(countedStream(streams.length, name, rate, [channel(name, unit)]));
  return streams.map((stream) => ({ ...stream, clock: timed ? "device" : "count" }));
}

/** The letters of PulseSensor's Processing form, samples first: S, B, Q of one sensor; a.., A.., M.. of several. */
function tagNames(lines: readonly Line[]): string[] {
  const sensors = "abcdefghijkl".slice(0, lastSensor(lines) + 1);
  if (sensors === "") return ["S", "B", "Q"];
  const shifted = (by: number): string[] =>
    [...sensors].map((letter) => String.fromCharCode(letter.charCodeAt(0) + by));
  return [...sensors, ...shifted(-32), ...shifted(-20)];
}

function lastSensor(lines: readonly Line[]): number {
  return Math.max(-1, ...lines.map((line) => "abcdefghijkl".indexOf(line.names[0]!)));
}

function tagMeaning(letter: string, _: number, all: readonly string[]): string {
  if (all.length === 3 && all[0] === "S") return { S: "signal", B: "bpm", Q: "ibi" }[letter]!;
  if (letter >= "a") return "signal";
  return letter >= "M" ? "ibi" : "bpm";
}
