/** WFDB records: one header, one signal file or several, or segments that follow one another. */

import { dirname, join } from "node:path";
import { printableName } from "../../devices/printable.js";
import { readAt, withFile } from "../read-at.js";
import { groupBy, invalid, LONGEST_GAP_S, type SignalFile, streamName } from "./signal-file.js";
import { readAnnotations } from "./wfdb-annotations-read.js";
import { readFrames, type WfdbPart } from "./wfdb-frames.js";
import { parseWfdbHeader, type WfdbHeader } from "./wfdb-header.js";
import { verifyWfdb } from "./wfdb-verify.js";

/** A header is text of some hundred bytes; one of many segments may be long. */
const LONGEST_HEADER = 1 << 22;

/** @throws BioxError FILE_INVALID, FILE_UNREADABLE */
export async function openWfdb(path: string): Promise<SignalFile> {
  const header = await readHeader(path);
  const parts: WfdbPart[] = header.segments
    ? await readSegments(path, header)
    : [{ path, header, frames: header.frames }];
  const described = parts.find((part) => part.header.signals.length > 0)!.header;
  const wanted = described.signals.map(({ name, unit, gain, baseline, perFrame }, i) => ({
    ...{ i, name, unit, scale: 1 / gain, offset: -baseline / gain },
    ...{ perFrame, rate: header.rate * perFrame },
  }));
  const groups = groupBy(wanted, ({ rate }) => rate);
  const warnings = checkHeader(path, header);
  for (const part of parts) warnings.push(...(await verifyWfdb(part)));
  const annotations = await readAnnotations(path, header.rate);
  return {
    streams: groups.map((members) => {
      const { rate } = members[0]!;
      return { name: streamName(rate, members), rate, channels: members, first: 0 };
    }),
    start: header.start,
    markers: annotations.markers,
    warnings: [...warnings, ...annotations.warnings],
    blocks: async function* () {
      let before = 0;
      for (const [k, part] of parts.entries()) {
        let frames = 0;
        for await (const { count, samples } of readFrames(part)) {
          for (const [stream, members] of groups.entries()) {
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

async function readSegments(path: string, { rate, segments }: WfdbHeader): Promise<WfdbPart[]> {
  const parts: WfdbPart[] = [];
  for (const { name, frames } of segments!) {
    const own = join(dirname(path), `${name}.hea`);
    // "~" stands for a time without signals.
    const header =
      name === "~"
        ? { rate, frames, start: undefined, badStart: undefined, signals: [], segments: undefined }
        : await readHeader(own);
    if (header.segments) throw invalid(path, `has a segment, ${name}, that has segments itself`);
    if (header.rate !== rate)
      throw invalid(path, `has ${rate} frames a second, but its segment ${name} ${header.rate}`);
    if (header.frames !== undefined && header.frames !== frames && frames > 0)
      throw invalid(
        path,
        `gives its segment ${name} ${frames} samples of a signal, whose own header says ${header.frames}`,
      );
    if (name === "~" && frames / rate > LONGEST_GAP_S) throw invalid(path, "says that more than a year is missing");
    parts.push({ path: own, header, frames });
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

/** What is wrong with a header whose signals can be read all the same. */
function checkHeader(path: string, { frames, segments, badStart }: WfdbHeader): string[] {
  const warnings: string[] = [];
  if (badStart !== undefined)
    warnings.push(
      `${path} says that it starts at '${printableName(badStart)}', which is no time and date: its markers have only the seconds since the start.`,
    );
  const sum = segments?.reduce((total, segment) => total + segment.frames, 0);
  if (sum !== undefined && frames !== undefined && sum !== frames)
    warnings.push(`${path} announces ${frames} samples of a signal, but its segments have ${sum}: those are read.`);
  return warnings;
}
