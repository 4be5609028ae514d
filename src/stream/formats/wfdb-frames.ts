/** Frames of one WFDB record, a piece at a time. */

import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openRegular } from "../../regular-file.js";
import { readAt } from "../read-at.js";
import { invalid } from "./signal-file.js";
import { NOT_STORED, type WfdbHeader, type WfdbSignal } from "./wfdb-header.js";
import { PACKINGS } from "./wfdb-unpack.js";

/** Signal time that is read at once, s, and samples at most. */
const READ_S = 1;
const READ_SAMPLES = 1 << 20;
/** Frames of whole groups of packed samples, whatever the number of signals: 2 and 3 divide it. */
const READ_FRAMES = 6;

/** A record that can be read from one end to the other, as part of a longer one. */
export interface WfdbPart {
  /** Of its header. */
  readonly path: string;
  readonly header: WfdbHeader;
  readonly frames: number | undefined;
}

export interface WfdbFrames {
  readonly count: number;
  /** Digits of each signal of the header, NaN where there is none; undefined for a signal that is not stored. */
  readonly samples: readonly (Float64Array | undefined)[];
}

/** Frames of one record; ends with the shortest of its files. */
export async function* readFrames({ path, header, frames }: WfdbPart): AsyncGenerator<WfdbFrames, void, undefined> {
  if (frames === 0 || header.signals.every(({ format }) => format === NOT_STORED)) return;
  const files = new Map<string, { handle: FileHandle; signals: { signal: WfdbSignal; i: number }[] }>();
  try {
    for (const [i, signal] of header.signals.entries()) {
      if (signal.format === NOT_STORED) continue;
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
    const width = header.signals.reduce((sum, { perFrame }) => sum + perFrame, 0);
    const most = Math.min(header.rate * READ_S, READ_SAMPLES / width);
    const step = Math.max(1, Math.ceil(most / READ_FRAMES)) * READ_FRAMES;
    for (let at = 0; frames === undefined || at < frames; at += step) {
      let count = Math.min(step, (frames ?? Number.POSITIVE_INFINITY) - at);
      const samples: Float64Array[] = [];
      for (const [name, { handle, signals }] of files) {
        const got = await readPiece(join(dirname(path), name), handle, signals, at, count);
        count = Math.min(count, got.count);
        for (const [k, { i }] of signals.entries()) samples[i] = got.samples[k]!;
      }
      if (count > 0)
        yield {
          count,
          samples: header.signals.map(({ perFrame }, i) => samples[i]?.subarray(0, count * perFrame)),
        };
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
): Promise<WfdbFrames> {
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
