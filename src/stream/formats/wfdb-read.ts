/** WFDB records: one header, one signal file or several, or segments that follow one another. */

import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openRegular } from "../../regular-file.js";
import { readAt, withFile } from "../read-at.js";
import { groupByRate, invalid, type SignalFile, streamName } from "./signal-file.js";
import { parseWfdbHeader, type WfdbHeader, type WfdbSignal } from "./wfdb-header.js";
import { PACKINGS } from "./wfdb-unpack.js";

/** A header is text of some hundred bytes; one of many segments may be long. */
const LONGEST_HEADER = 1 << 22;
/** Signal time that is read at once, s, and frames at least. */
const READ_S = 1;
const READ_FRAMES = 6;

/** A record that can be read from one end to the other, as part of a longer one. */
interface Part {
  readonly header: WfdbHeader;
  readonly frames: number | undefined;
}

/** @throws BioxError FILE_INVALID, FILE_UNREADABLE */
export async function openWfdb(path: string): Promise<SignalFile> {
  const header = await readHeader(path);
  const parts: Part[] = header.segments ? await readSegments(path, header) : [{ header, frames: header.frames }];
  const described = parts.find((part) => part.header.signals.length > 0)!.header;
  const wanted = described.signals.map(({ name, unit, gain, baseline, perFrame }, i) => ({
    ...{ i, name, unit, scale: 1 / gain, offset: -baseline / gain },
    ...{ perFrame, rate: header.rate * perFrame },
  }));
  const groups = groupByRate(wanted);
  return {
    streams: groups.map(({ rate, members }) => ({ name: streamName(rate, members), rate, channels: members })),
    blocks: async function* () {
      let before = 0;
      for (const [k, part] of parts.entries()) {
        let frames = 0;
        for await (const { count, samples } of readFrames(path, part)) {
          for (const [stream, { members }] of groups.entries()) {
            const { perFrame } = members[0]!;
            const values = new Float64Array(count * perFrame * members.length).fill(Number.NaN);
            for (const [c, { i, name }] of members.entries()) {
              // In segments of variable layout a signal has its place by its name, and may be missing.
              const from = header.segments ? part.header.signals.findIndex((signal) => signal.name === name) : i;
              const { gain, baseline } = part.header.signals[from] ?? { gain: 1, baseline: 0 };
              const digits = samples[from];
              if (digits)
                for (let n = 0; n < digits.length; n++) values[n * members.length + c] = (digits[n]! - baseline) / gain;
            }
            yield { stream, index: (before + frames) * perFrame, count: count * perFrame, values };
          }
          frames += count;
        }
        // Of a part that is shorter than announced the rest is lost, unless nothing follows.
        before += k < parts.length - 1 ? (part.frames ?? frames) : frames;
      }
    },
  };
}

async function readHeader(path: string): Promise<WfdbHeader> {
  const bytes = await withFile(path, (file) => readAt(path, file, 0, LONGEST_HEADER));
  return parseWfdbHeader(path, bytes.toString("utf8"));
}

async function readSegments(path: string, { rate, segments }: WfdbHeader): Promise<Part[]> {
  const parts: Part[] = [];
  for (const { name, frames } of segments!) {
    // "~" stands for a time without signals.
    const header =
      name === "~"
        ? { rate, frames, signals: [], segments: undefined }
        : await readHeader(join(dirname(path), `${name}.hea`));
    if (header.segments) throw invalid(path, `has a segment, ${name}, that has segments itself`);
    if (header.rate !== rate)
      throw invalid(path, `has ${rate} frames a second, but its segment ${name} ${header.rate}`);
    parts.push({ header, frames });
  }
  const first = parts.find(({ header }) => header.signals.length > 0);
  if (!first) throw invalid(path, "has no segment with signals");
  for (const { header } of parts)
    for (const signal of header.signals) {
      const same = first.header.signals.find(({ name }) => name === signal.name);
      if (same && same.perFrame !== signal.perFrame)
        throw invalid(path, `has segments in which ${signal.name} has different rates`);
    }
  // A segment of length 0 only describes signals, those of all the others.
  return parts;
}

interface Frames {
  readonly count: number;
  /** Digits of each signal of the header, NaN where there is none. */
  readonly samples: readonly Float64Array[];
}

/** Frames of one record; ends with the shortest of its files. */
async function* readFrames(path: string, { header, frames }: Part): AsyncGenerator<Frames, void, undefined> {
  if (frames === 0 || header.signals.length === 0) return;
  const files = new Map<string, { handle: FileHandle; signals: { signal: WfdbSignal; i: number }[] }>();
  try {
    for (const [i, signal] of header.signals.entries()) {
      const known = files.get(signal.file);
      if (known) {
        const [first] = known.signals;
        if (first!.signal.format !== signal.format || first!.signal.start !== signal.start)
          throw invalid(path, `gives file ${signal.file} two formats or beginnings`);
        known.signals.push({ signal, i });
      } else
        files.set(signal.file, {
          handle: await openRegular(join(dirname(path), signal.file)),
          signals: [{ signal, i }],
        });
    }
    // Whole groups of packed samples in each read, whatever the number of signals: 2 and 3 divide 6.
    const step = Math.ceil((header.rate * READ_S) / READ_FRAMES) * READ_FRAMES;
    for (let at = 0; frames === undefined || at < frames; at += step) {
      let count = Math.min(step, (frames ?? Number.POSITIVE_INFINITY) - at);
      const samples: Float64Array[] = [];
      for (const [name, { handle, signals }] of files) {
        const got = await readPiece(join(dirname(path), name), handle, signals, at, count);
        count = Math.min(count, got.count);
        for (const [k, { i }] of signals.entries()) samples[i] = got.samples[k]!;
      }
      if (count > 0)
        yield { count, samples: samples.map((digits, i) => digits.subarray(0, count * header.signals[i]!.perFrame)) };
      if (count < step) return;
    }
  } finally {
    for (const { handle } of files.values()) await handle.close();
  }
}

async function readPiece(
  path: string,
  file: FileHandle,
  signals: readonly { signal: WfdbSignal }[],
  frame: number,
  frames: number,
): Promise<Frames> {
  const { format, start } = signals[0]!.signal;
  const packing = PACKINGS.get(format)!;
  const perFrame = signals.reduce((sum, { signal }) => sum + signal.perFrame, 0);
  const groups = Math.ceil((frames * perFrame) / packing.group);
  const position = start + ((frame * perFrame) / packing.group) * packing.bytes;
  const data = await readAt(path, file, position, groups * packing.bytes);
  const there = available(data.length, packing);
  const count = Math.min(frames, Math.floor(there / perFrame));
  const samples = signals.map(({ signal }) => new Float64Array(count * signal.perFrame));
  let n = 0;
  for (let f = 0; f < count; f++)
    for (let s = 0; s < signals.length; s++) {
      const width = signals[s]!.signal.perFrame;
      for (let k = 0; k < width; k++, n++) {
        const group = Math.floor(n / packing.group);
        const digit = packing.read(data, group * packing.bytes, n % packing.group);
        samples[s]![f * width + k] = digit === packing.missing ? Number.NaN : digit;
      }
    }
  return { count, samples };
}

/** Samples in so many bytes: of a group that is cut off, those whose bytes are there. */
function available(bytes: number, { group, bytes: size }: { group: number; bytes: number }): number {
  const whole = Math.floor(bytes / size);
  const rest = bytes - whole * size;
  // A file of an odd number of samples in format 212 ends with two bytes.
  return whole * group + (group === 2 && rest === 2 ? 1 : 0);
}
