import type { BioxError } from "../../errors.js";
import { AppendFile, MOST_WAITING_BYTES } from "../append-file.js";

/** Samples of one stream that follow one another; `values` interleaved, those that are not finite are lost. */
export interface TimedSamples {
  /** Number of the first sample since the start of the stream, lost ones included. */
  readonly index: number;
  readonly count: number;
  /** Host time of the first sample, epoch ms, and ms between two. */
  readonly time: number;
  readonly period: number;
  readonly values: Float64Array;
}

/** Rows that are made at once: what a long loss needs in memory. */
const ROWS = 2048;

/**
 * One stream as CSV: `time` (host epoch ms), `sample` (number since the start of the stream), then a column for each channel. A lost
 * sample has its row, and empty cells.
 */
export class SampleCsv {
  private rows = 0;
  private lastTime: number | undefined;
  private work: Promise<void> = Promise.resolve();
  /** Bytes of values that wait for those before them to be written. */
  private waiting = 0;

  private constructor(
    private readonly file: AppendFile,
    private readonly channels: number,
  ) {}

  /**
   * @param onError told once, as soon as something cannot be written
   * @throws BioxError FILE_UNWRITABLE when the file exists already or cannot be made
   */
  static async create(
    path: string,
    channels: readonly string[],
    onError: (error: BioxError) => void = () => {},
  ): Promise<SampleCsv> {
    const head = Buffer.from(`${["time", "sample", ...channels].map(cell).join(",")}\n`);
    return new SampleCsv(await AppendFile.create(path, head, onError), channels.length);
  }

  /** Takes the next samples, which must not change any more; a jump of `index` is a loss. Resolves once they are in the file. */
  push(samples: TimedSamples): Promise<void> {
    const bytes = samples.values.byteLength;
    if (this.file.ended) return this.work;
    if (this.waiting + bytes > MOST_WAITING_BYTES) this.file.stall();
    else {
      this.waiting += bytes;
      this.work = this.work.then(async () => {
        await this.take(samples);
        this.waiting -= bytes;
      });
    }
    return this.work;
  }

  /**
   * @param end samples that the stream had in all, where that is known: those after the last one that came are lost
   * @param period ms between two samples, for the times of these
   * @throws BioxError FILE_UNWRITABLE when something could not be written
   */
  async close(end = 0, period = 0): Promise<void> {
    // What waits for a disk that does not answer is given up with it.
    if (this.file.ended) return this.file.close();
    await this.work;
    if (this.lastTime !== undefined) await this.lose(end, this.lastTime + (end - this.rows + 1) * period);
    await this.file.close();
  }

  private async take({ index, count, time, period, values }: TimedSamples): Promise<void> {
    await this.lose(index, time);
    const { channels } = this;
    for (let from = 0; from < count && !this.file.ended; from += ROWS) {
      let text = "";
      for (let i = from; i < Math.min(count, from + ROWS); i++) {
        text += `${(time + i * period).toFixed(3)},${index + i}`;
        for (let c = 0; c < channels; c++) {
          const value = values[i * channels + c]!;
          text += Number.isFinite(value) ? `,${value}` : ",";
        }
        text += "\n";
      }
      this.file.append(Buffer.from(text));
      await this.file.settled();
    }
    this.rows = index + count;
    this.lastTime = time + (count - 1) * period;
  }

  /** Rows of the lost samples before number `until`, which was taken at `time`. */
  private async lose(until: number, time: number): Promise<void> {
    const lost = until - this.rows;
    if (lost <= 0) return;
    // Before the first sample there is nothing to lie between: the device has counted on without us.
    if (this.lastTime === undefined) {
      this.rows = until;
      return;
    }
    const [first, from] = [this.rows, this.lastTime];
    const empty = ",".repeat(this.channels);
    for (let done = 0; done < lost && !this.file.ended; ) {
      let text = "";
      for (let i = 0; i < ROWS && done < lost; i++, done++)
        text += `${(from + ((time - from) * (done + 1)) / (lost + 1)).toFixed(3)},${first + done}${empty}\n`;
      this.file.append(Buffer.from(text));
      await this.file.settled();
    }
    this.rows = until;
  }
}

/** A cell as RFC 4180 writes it. */
export function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
