/** How a recording is laid out in EDF+: its data records, which of them are there, and where annotations stand. */

import { BioxError } from "../../errors.js";
import { edfStreamName } from "./edf-header.js";
import type { StreamSurvey } from "./survey.js";

export interface EdfAnnotation {
  /** Seconds since the start of the file, and how long it lasts. */
  readonly onset: number;
  readonly duration: number | undefined;
  readonly text: string;
}

export interface EdfLayout {
  /** Host time of the first sample of the stream that began first, epoch ms. */
  readonly start: number;
  /** Seconds of a data record. */
  readonly recordSeconds: number;
  /** For each stream: samples in a data record, and samples between the start of the file and that of the stream. */
  readonly streams: readonly { readonly stream: StreamSurvey; readonly perRecord: number; readonly shift: number }[];
  /** For each data record whether it holds a sample that was received; those that do not are left out. */
  readonly present: Uint8Array;
  readonly annotations: readonly EdfAnnotation[];
}

/** Lengths of a data record that are tried, s, the best first; EDF wants whole seconds or short records, and no record above 61440 bytes. */
const RECORD_SECONDS = [1, 2, 3, 4, 5, 0.5, 0.2, 0.1, 6, 8, 10, 12, 15, 16, 20, 30, 32, 60, 64, 0.05, 0.02, 0.01];
const LARGEST_RECORD_BYTES = 61_440;

/** @throws BioxError FILE_INVALID where no data record holds whole numbers of samples of all streams */
export function layOut(surveys: readonly StreamSurvey[], bytesPerSample: number): EdfLayout {
  const begun = surveys.filter(({ received }) => received > 0);
  const start = begun.length > 0 ? Math.min(...begun.map((s) => s.start)) : 0;
  const recordSeconds = chooseSeconds(surveys, bytesPerSample);
  const streams = surveys.map((stream) => ({
    stream,
    perRecord: Math.round(stream.descriptor.rate * recordSeconds),
    shift: stream.received > 0 ? Math.round(((stream.start - start) / 1000) * stream.descriptor.rate) : 0,
  }));
  const records = Math.max(
    1,
    ...streams.map(({ stream, perRecord, shift }) => Math.ceil((shift + stream.samples) / perRecord)),
  );
  const present = new Uint8Array(records);
  present[0] = 1; // it carries the start
  for (const { stream, perRecord, shift } of streams)
    for (const [from, until] of received(stream))
      present.fill(1, Math.floor((from + shift) / perRecord), Math.floor((until - 1 + shift) / perRecord) + 1);
  return { start, recordSeconds, streams, present, annotations: annotate(streams, records, recordSeconds) };
}

/** Stretches of samples between gaps: first, and first behind. */
function* received({ gaps, samples }: StreamSurvey): Generator<[number, number]> {
  let at = 0;
  for (const gap of gaps) {
    if (gap.at > at) yield [at, gap.at];
    at = gap.at + gap.samples;
  }
  if (samples > at) yield [at, samples];
}

function annotate(streams: EdfLayout["streams"], records: number, recordSeconds: number): EdfAnnotation[] {
  const several = streams.length > 1;
  const found: EdfAnnotation[] = [];
  for (const [i, { stream, shift, perRecord }] of streams.entries()) {
    // The file's own rate, from which a descriptor's may differ by its rounding.
    const rate = perRecord / recordSeconds;
    const of = several ? ` of ${edfStreamName(stream.descriptor.name)}` : "";
    for (const { at, samples } of stream.gaps)
      found.push({
        onset: (at + shift) / rate,
        duration: samples / rate,
        text: `lost ${samples} ${samples === 1 ? "sample" : "samples"}${of}`,
      });
    // Data records begin and end together, streams need not.
    const end = shift + stream.samples;
    const outside = `no samples${of}`;
    if (shift > 0) found.push({ onset: 0, duration: shift / rate, text: outside });
    if (end < records * perRecord)
      found.push({ onset: end / rate, duration: (records * perRecord - end) / rate, text: outside });
    // Each stream has them; one is enough.
    if (i === 0)
      for (const { sample, marker } of stream.markers)
        found.push({ onset: Math.max(0, (sample + shift) / rate), duration: undefined, text: marker.name });
  }
  return found.sort((a, b) => a.onset - b.onset);
}

function chooseSeconds(surveys: readonly StreamSurvey[], bytesPerSample: number): number {
  const whole = RECORD_SECONDS.filter((seconds) =>
    surveys.every(({ descriptor: { rate } }) => {
      const samples = rate * seconds;
      return samples > 0.5 && Math.abs(samples - Math.round(samples)) < 1e-6 * samples;
    }),
  );
  const bytes = (seconds: number): number =>
    surveys.reduce((sum, { descriptor: { rate, channels } }) => sum + rate * seconds * channels.length, 0) *
    bytesPerSample;
  const found = whole.find((seconds) => bytes(seconds) <= LARGEST_RECORD_BYTES) ?? whole.at(-1);
  if (found !== undefined) return found;
  const [only] = surveys;
  // A header has 8 characters for it: 7 digits are right within a millionth.
  if (surveys.length === 1 && only) {
    const { rate } = only.descriptor;
    return Number((Math.max(1, Math.round(rate)) / rate).toFixed(6));
  }
  throw new BioxError(
    "FILE_INVALID",
    `The rates ${surveys.map(({ descriptor }) => descriptor.rate).join(", ")} Hz do not fit into data records of one length, as EDF wants.`,
    "Write one stream with --stream, or .hea or .csv.",
  );
}
