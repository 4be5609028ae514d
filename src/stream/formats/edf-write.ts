/** EDF+ and BDF+ files: all streams on one time axis, lost samples and markers as annotations. */

import { AppendFile } from "../append-file.js";
import { edfLabels, edfStreamName, encodeEdfHeader } from "./edf-header.js";
import { type EdfAnnotation, type EdfLayout, layOut } from "./edf-layout.js";
import { digitOf, type EdfRange, edfRange, physicalOf } from "./edf-range.js";
import type { TimedSamples } from "./sample-csv.js";
import type { RecordingSurvey } from "./survey.js";

/** A data record on its way: digits of each signal, and which samples of each stream have come. */
interface OpenRecord {
  readonly digits: Int32Array[][];
  readonly there: Uint8Array[];
}

/** Longest text of an annotation in bytes, and what stands around one: signs, onset and duration. */
const LONGEST_TEXT = 256;
const AROUND = 48;

/**
 * Writes the samples of a recording, in their order, as one EDF+ or BDF+ file. A data record of which nothing was received is left out
 * (EDF+D); a lost sample in any other keeps the value before it, and is told by an annotation, since EDF has no number for "missing".
 */
export class EdfWriter {
  private readonly open = new Map<number, OpenRecord>();
  /** For each stream the next sample that has neither come nor is known to be lost, and the next gap. */
  private readonly next: { sample: number; gap: number }[];
  private readonly held: number[][];
  private record = 0;
  private annotation = 0;

  private constructor(
    private readonly file: AppendFile,
    private readonly layout: EdfLayout,
    readonly ranges: readonly (readonly EdfRange[])[],
    /** Largest difference between a value and what a reader computes of it, of each channel of each stream. */
    readonly errors: number[][],
    private readonly bits: 16 | 24,
    private readonly annotationBytes: number,
  ) {
    this.next = layout.streams.map(() => ({ sample: 0, gap: 0 }));
    for (const s of this.next.keys()) this.passGaps(s);
    this.held = ranges.map((of) => of.map((range) => Math.max(range.digitalLow, Math.min(range.digitalHigh, 0))));
  }

  /** @throws BioxError FILE_UNWRITABLE, FILE_INVALID where something does not fit into the format */
  static async create(path: string, survey: RecordingSurvey, bits: 16 | 24): Promise<EdfWriter> {
    const streams = [...survey.streams.values()];
    const layout = layOut(streams, bits / 8);
    const ranges = streams.map(({ descriptor, channels }) =>
      channels.map((channel, c) => edfRange(descriptor.channels[c]!, channel, bits)),
    );
    const records = layout.present.reduce((sum, there) => sum + there, 0);
    const size = annotationBytes(layout.annotations, records, bits / 8);
    const labels = edfLabels(streams.flatMap(({ descriptor }) => descriptor.channels.map(({ name }) => name)));
    const header = encodeEdfHeader({
      ...{ bits, records, recordSeconds: layout.recordSeconds, start: layout.start },
      device: survey.device,
      discontinuous: records < layout.present.length,
      signals: layout.streams.flatMap(({ stream, perRecord }, s) =>
        ranges[s]!.map((range) => ({
          ...{ label: labels.shift()!, stream: edfStreamName(stream.descriptor.name), range, samples: perRecord },
        })),
      ),
      annotationSamples: size / (bits / 8),
    });
    const errors = ranges.map((of) => of.map(() => 0));
    const file = await AppendFile.create(path, header, () => {});
    return new EdfWriter(file, layout, ranges, errors, bits, size);
  }

  /** Takes the next samples of a stream, by its place in the recording. */
  async push(s: number, { index, count, values }: TimedSamples): Promise<void> {
    const { perRecord, shift } = this.layout.streams[s]!;
    const ranges = this.ranges[s]!;
    const errors = this.errors[s]!;
    for (let i = 0; i < count; i++) {
      const at = index + i + shift;
      let whole = true;
      for (let c = 0; c < ranges.length; c++) whole &&= Number.isFinite(values[i * ranges.length + c]!);
      if (!whole) continue;
      const record = this.openRecord(Math.floor(at / perRecord));
      const slot = at % perRecord;
      for (let c = 0; c < ranges.length; c++) {
        const value = values[i * ranges.length + c]!;
        const digit = digitOf(value, ranges[c]!);
        record.digits[s]![c]![slot] = digit;
        errors[c] = Math.max(errors[c]!, Math.abs(physicalOf(digit, ranges[c]!) - value));
      }
      record.there[s]![slot] = 1;
    }
    this.next[s]!.sample = index + count;
    this.passGaps(s);
    await this.flush();
  }

  /** @throws BioxError FILE_UNWRITABLE */
  async close(): Promise<void> {
    for (const [s, { stream }] of this.layout.streams.entries()) this.next[s]!.sample = stream.samples;
    await this.flush();
    await this.file.close();
  }

  /** Lets go of the file where it is not to be finished. */
  async abandon(): Promise<void> {
    await this.file.close().catch(() => {});
  }

  /** Samples that are known to be lost need not be waited for. */
  private passGaps(s: number): void {
    const { gaps } = this.layout.streams[s]!.stream;
    const next = this.next[s]!;
    for (let gap = gaps[next.gap]; gap && gap.at <= next.sample; gap = gaps[++next.gap])
      next.sample = Math.max(next.sample, gap.at + gap.samples);
  }

  private openRecord(number: number): OpenRecord {
    let record = this.open.get(number);
    if (!record) {
      const { streams } = this.layout;
      record = {
        digits: streams.map(({ perRecord }, s) => this.ranges[s]!.map(() => new Int32Array(perRecord))),
        there: streams.map(({ perRecord }) => new Uint8Array(perRecord)),
      };
      this.open.set(number, record);
    }
    return record;
  }

  /** Writes the data records of which nothing more will come. */
  private async flush(): Promise<void> {
    const { present, streams } = this.layout;
    for (; this.record < present.length; this.record++) {
      const complete = streams.every(({ stream, perRecord, shift }, s) => {
        const { sample } = this.next[s]!;
        return sample >= stream.samples || sample + shift >= (this.record + 1) * perRecord;
      });
      if (!complete) return;
      if (!present[this.record]) continue;
      this.file.append(this.encode(this.openRecord(this.record)));
      this.open.delete(this.record);
      await this.file.settled();
    }
  }

  private encode(record: OpenRecord): Buffer {
    const width = this.bits / 8;
    const samples = this.layout.streams.reduce((sum, { perRecord }, s) => sum + perRecord * this.ranges[s]!.length, 0);
    const bytes = Buffer.alloc(samples * width + this.annotationBytes);
    let at = 0;
    for (const [s, signals] of record.digits.entries())
      for (const [c, digits] of signals.entries())
        for (let i = 0; i < digits.length; i++, at += width) {
          if (record.there[s]![i]) this.held[s]![c] = digits[i]!;
          bytes.writeIntLE(this.held[s]![c]!, at, width);
        }
    this.annotate(bytes.subarray(at));
    return bytes;
  }

  /** The record's own time, then as many annotations as there is room for: they need not stand in the record of their time. */
  private annotate(room: Buffer): void {
    const fraction = (this.layout.start % 1000) / 1000;
    const onset = (seconds: number): string => `+${trim(seconds + fraction)}`;
    let at = room.write(`${onset(this.record * this.layout.recordSeconds)}\x14\x14\0`, 0, "latin1");
    for (; this.annotation < this.layout.annotations.length; this.annotation++) {
      const text = encodeAnnotation(this.layout.annotations[this.annotation]!, onset);
      if (at + text.length > room.length) return;
      at += text.copy(room, at);
    }
  }
}

function encodeAnnotation({ onset, duration, text }: EdfAnnotation, format: (seconds: number) => string): Buffer {
  const lasts = duration === undefined ? "" : `\x15${trim(duration)}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what the format is made of.
  const plain = Buffer.from(text.replace(/[\x00-\x1f]/g, " ")).subarray(0, LONGEST_TEXT);
  return Buffer.concat([Buffer.from(`${format(onset)}${lasts}\x14`), plain, Buffer.from("\x14\0")]);
}

/** Seconds to the microsecond, without zeros at the end. */
function trim(seconds: number): string {
  return String(Number(seconds.toFixed(6)));
}

/** Bytes of annotations in each data record so that all find room, in whole samples. */
function annotationBytes(annotations: readonly EdfAnnotation[], records: number, width: number): number {
  const sizes = annotations.map(({ text }) => Math.min(LONGEST_TEXT, Buffer.byteLength(text)) + AROUND);
  const longest = sizes.reduce((most, size) => Math.max(most, size), 0);
  const share = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / records);
  const bytes = AROUND + (annotations.length > 0 ? longest + share : 0);
  return Math.ceil(Math.max(bytes, 60) / width) * width;
}
