/** What the annotations of an EDF file say of the whole of it. They need not stand in the data record of their time: all are looked through first. */

import { printableLine } from "../../devices/printable.js";
import { LONGEST_MARKER_NAME } from "../recording-format.js";
import { lossOf } from "./edf-annotations.js";
import type { EdfFileLayout } from "./edf-read-header.js";
import { readRecords } from "./edf-records.js";
import { type FileMarker, invalid, MOST_MARKERS } from "./signal-file.js";

/** A time in which samples were not measured, though the file has numbers there. */
export interface EdfLoss {
  readonly onset: number;
  readonly duration: number;
  /** True for samples that were lost on their way; false before a stream began and behind its end. */
  readonly lost: boolean;
  /** Name of the stream that it concerns; undefined for all. */
  readonly stream: string | undefined;
}

export interface EdfSurvey {
  /** Seconds between the start that the header has and the first data record: the fraction of a second. */
  readonly begin: number;
  /** End of the last data record, seconds since the start of the first. */
  readonly end: number;
  readonly markers: readonly FileMarker[];
  readonly losses: readonly EdfLoss[];
  readonly warnings: readonly string[];
}

/** @throws BioxError FILE_INVALID, FILE_UNREADABLE */
export async function surveyEdf(path: string, layout: EdfFileLayout): Promise<EdfSurvey> {
  const { recordSeconds, records, discontinuous, annotations } = layout;
  if (annotations.length === 0)
    return { begin: 0, end: records * recordSeconds, markers: [], losses: [], warnings: [] };
  let [begin, end, damaged] = [undefined as number | undefined, 0, 0];
  const markers: FileMarker[] = [];
  const losses: EdfLoss[] = [];
  const warnings: string[] = [];
  for await (const record of readRecords(path, layout)) {
    const { onset, told } = record;
    end = onset + recordSeconds;
    begin ??= told ?? 0;
    const late = (told ?? onset + begin) - begin - onset;
    if (!discontinuous && Math.abs(late) > recordSeconds / 2 && warnings.length === 0)
      warnings.push(
        `${path} says that it has no gaps, but that the data record at ${onset} s was taken at ${told! - begin} s: it is read without gaps.`,
      );
    damaged += record.annotations.damaged;
    for (const { onset, duration, texts } of record.annotations.lists)
      for (const text of texts) {
        if (markers.length + losses.length === MOST_MARKERS)
          throw invalid(path, `has more than ${MOST_MARKERS} annotations`);
        const loss = duration === undefined ? undefined : lossOf(text);
        const seconds = onset - begin;
        if (loss) losses.push({ onset: seconds, duration: duration!, ...loss });
        else {
          const name = printableLine(text).trim().slice(0, LONGEST_MARKER_NAME);
          if (name !== "") markers.push({ seconds, ...(duration === undefined ? {} : { duration }), name });
        }
      }
  }
  if (damaged > 0)
    warnings.push(
      `${path} has ${damaged} damaged ${damaged === 1 ? "annotation" : "annotations"}: what ${damaged === 1 ? "it" : "they"} said of markers and lost samples is not known.`,
    );
  markers.sort((a, b) => a.seconds - b.seconds);
  return { begin: begin ?? 0, end, markers, losses, warnings };
}
