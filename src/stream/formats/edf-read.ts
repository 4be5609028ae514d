/** EDF, EDF+ (also discontinuous), BDF and BDF+ files. */

import { readAt, withFile } from "../read-at.js";
import { Measured } from "./edf-measured.js";
import { type EdfFileLayout, type EdfSignalLayout, readEdfHeader } from "./edf-read-header.js";
import { readRecords } from "./edf-records.js";
import { type EdfSurvey, surveyEdf } from "./edf-survey.js";
import { type FileBlock, groupBy, type SignalFile, streamName } from "./signal-file.js";

interface Group {
  readonly name: string;
  readonly rate: number;
  readonly members: readonly EdfSignalLayout[];
}

/** True when the file begins as EDF or BDF does. */
export async function isEdf(path: string): Promise<boolean> {
  const start = (await withFile(path, (file) => readAt(path, file, 0, 8))).toString("latin1");
  return start === "0       " || start === "\xffBIOSEMI";
}

/**
 * Opens such a file. Samples that an export of ours has only held in place of lost ones are missing again, and a stream ends where its
 * measuring ended.
 *
 * @throws BioxError FILE_INVALID, FILE_UNREADABLE
 */
export async function openEdf(path: string): Promise<SignalFile> {
  const layout = await readEdfHeader(path);
  const survey = await surveyEdf(path, layout);
  const groups = groupBy(layout.signals, ({ rate, stream }) => `${rate} ${stream ?? ""}`).map((members): Group => {
    const { rate, stream } = members[0]!;
    return { name: stream ?? streamName(rate, members), rate, members };
  });
  const measured = groups.map(({ name, rate }) => new Measured(lossesOf(survey, groups, name), rate, survey.end));
  const { start } = layout;
  return {
    streams: groups.map(({ name, rate, members }, s) => ({
      ...{ name, rate, channels: members, first: measured[s]!.first },
    })),
    start: start === undefined ? undefined : start + 1000 * survey.begin,
    markers: survey.markers,
    warnings: [...layout.warnings, ...survey.warnings],
    blocks: () => readBlocks(path, layout, groups, survey),
  };
}

/** Losses that concern a stream: its own, and those of a stream that no signal says to be of. */
function lossesOf({ losses }: EdfSurvey, groups: readonly Group[], name: string) {
  return losses.filter(({ stream }) => stream === name || !groups.some((group) => group.name === stream));
}

async function* readBlocks(
  path: string,
  layout: EdfFileLayout,
  groups: readonly Group[],
  survey: EdfSurvey,
): AsyncGenerator<FileBlock, void, undefined> {
  const { width } = layout;
  const measured = groups.map(({ name, rate }) => new Measured(lossesOf(survey, groups, name), rate, survey.end));
  for await (const { onset, data } of readRecords(path, layout))
    for (const [stream, { rate, members }] of groups.entries()) {
      const samples = members[0]!.samples;
      const index = Math.round(onset * rate);
      const { first, end } = measured[stream]!;
      const from = Math.max(0, first - index);
      const count = Math.min(samples, end - index) - from;
      if (count <= 0) continue;
      const values = new Float64Array(count * members.length);
      for (const [c, { before, scale, offset }] of members.entries())
        for (let i = 0, at = (before + from) * width; i < count; i++, at += width)
          values[i * members.length + c] = data.readIntLE(at, width) * scale + offset;
      measured[stream]!.strike(index + from, count, members.length, values);
      yield { stream, index: index + from, count, values };
    }
}
