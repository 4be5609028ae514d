/** Data records of EDF files, one after another, each with its time. */

import { openRegular } from "../../regular-file.js";
import { readAt } from "../read-at.js";
import { type AnnotationLists, parseAnnotations } from "./edf-annotations.js";
import type { EdfFileLayout } from "./edf-read-header.js";
import { invalid, LONGEST_GAP_S } from "./signal-file.js";

export interface EdfRecord {
  /** Seconds since the start of the first data record. */
  readonly onset: number;
  /** Its samples; to be used before the next one is asked for. */
  readonly data: Buffer;
  /** What the record says of its own time, in seconds since the start that the header has; undefined where it does not. */
  readonly told: number | undefined;
  readonly annotations: AnnotationLists;
}

/** Bytes that are read at once, unless a record has more. */
const READ_BYTES = 1 << 18;
const NO_ANNOTATIONS: AnnotationLists = { lists: [], damaged: 0 };

/** @throws BioxError FILE_INVALID where a discontinuous file does not tell the times of its records, FILE_UNREADABLE */
export async function* readRecords(path: string, layout: EdfFileLayout): AsyncGenerator<EdfRecord, void, undefined> {
  const { headerBytes, recordBytes, recordSeconds, records, discontinuous } = layout;
  const together = Math.max(1, Math.floor(READ_BYTES / recordBytes));
  const file = await openRegular(path);
  try {
    let begin: number | undefined;
    let last = Number.NEGATIVE_INFINITY;
    for (let from = 0; from < records; from += together) {
      const wanted = Math.min(together, records - from) * recordBytes;
      const bytes = await readAt(path, file, headerBytes + from * recordBytes, wanted);
      for (let record = from, at = 0; at + recordBytes <= bytes.length; record++, at += recordBytes) {
        const data = bytes.subarray(at, at + recordBytes);
        const annotations = readAnnotations(data, layout);
        const told = annotations.lists[0]?.onset;
        let onset = record * recordSeconds;
        if (discontinuous) {
          if (told === undefined)
            throw invalid(path, `is discontinuous, but its data record ${record + 1} does not say its time`);
          begin ??= told;
          onset = told - begin;
          if (onset < last + recordSeconds * (1 - 1e-6))
            throw invalid(path, `says that its data record ${record + 1} begins before the one before it has ended`);
          if (onset - last > LONGEST_GAP_S && record > 0)
            throw invalid(path, `says that more than a year is missing before its data record ${record + 1}`);
          last = onset;
        }
        yield { onset, data, told, annotations };
      }
      if (bytes.length < wanted) return;
    }
  } finally {
    await file.close();
  }
}

function readAnnotations(data: Buffer, { annotations }: EdfFileLayout): AnnotationLists {
  if (annotations.length === 0) return NO_ANNOTATIONS;
  const [first, ...others] = annotations.map(({ from, until }) => parseAnnotations(data.subarray(from, until)));
  if (others.length === 0) return first!;
  return {
    lists: [...first!.lists, ...others.flatMap(({ lists }) => lists)],
    damaged: others.reduce((sum, { damaged }) => sum + damaged, first!.damaged),
  };
}
