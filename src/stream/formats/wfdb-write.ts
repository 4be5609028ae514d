/**
 * WFDB records as of https://physionet.org/physiotools/wag/ (header(5), signal(5), annot(5)): a `.hea` of text, a `.dat` of samples of all
 * channels side by side, an `.atr` of annotations.
 */

import { writeFile } from "node:fs/promises";
import { parse } from "node:path";
import { BioxError } from "../../errors.js";
import { unwritable } from "../../paths.js";
import { AppendFile } from "../append-file.js";
import { ascii } from "./ascii.js";
import type { TimedSamples } from "./sample-csv.js";
import type { StreamSurvey } from "./survey.js";
import { encodeAnnotations } from "./wfdb-annotations.js";

/** Formats by the bits of a sample; the lowest number of each says "missing". */
const FORMATS = [16, 24, 32] as const;
type Format = (typeof FORMATS)[number];

/** How the values of a channel become whole numbers: `round(value * gain) + baseline`. */
interface Digits {
  readonly gain: number;
  readonly baseline: number;
}

/** One stream as a WFDB record. A device's own steps are kept as they are; other numbers get 32 bits over their range. */
export class WfdbWriter {
  private readonly checksums: number[];
  private readonly first: number[];
  /** Largest difference between a value and what a reader computes of it, of each channel. */
  readonly errors: number[];
  private written = 0;

  private constructor(
    private readonly path: string,
    private readonly data: AppendFile,
    private readonly stream: StreamSurvey,
    private readonly format: Format,
    private readonly digits: readonly Digits[],
  ) {
    this.checksums = digits.map(() => 0);
    this.first = digits.map(() => 0);
    this.errors = digits.map(() => 0);
  }

  /** @throws BioxError FILE_UNWRITABLE, INVALID_ARGUMENT for a name that is none for a record */
  static async create(path: string, stream: StreamSurvey): Promise<WfdbWriter> {
    const { dir, name } = parse(path);
    if (!/^[A-Za-z0-9_-]+$/.test(name))
      throw new BioxError(
        "INVALID_ARGUMENT",
        `'${name}' cannot name a WFDB record: its name has letters, digits, - and _ only.`,
        "Choose another name for the .hea file.",
      );
    const digits = stream.channels.map((channel, c): Digits => {
      const { scale, offset } = stream.descriptor.channels[c]!;
      if (channel.stepped) return { gain: 1 / scale, baseline: Math.round(-offset / scale) };
      const most = Math.max(Math.abs(channel.min), Math.abs(channel.max), Number.MIN_VALUE);
      return { gain: 2 ** Math.min(1000, 30 - Math.ceil(Math.log2(most))), baseline: 0 };
    });
    const most = Math.max(
      0,
      ...stream.channels.flatMap(({ min, max }, c) => [min, max].map((v) => Math.abs(digitOf(v, digits[c]!)))),
    );
    const format = stream.channels.every(({ stepped }) => stepped)
      ? (FORMATS.find((bits) => most < 2 ** (bits - 1)) ?? 32)
      : 32;
    const dat = `${dir === "" ? "" : `${dir}/`}${name}.dat`;
    return new WfdbWriter(path, await AppendFile.create(dat, new Uint8Array(0), () => {}), stream, format, digits);
  }

  /** Files of this record. */
  get files(): string[] {
    const base = this.path.replace(/\.hea$/, "");
    return [this.path, `${base}.dat`, ...(this.stream.markers.length > 0 ? [`${base}.atr`] : [])];
  }

  get bits(): number {
    return this.format;
  }

  /** Takes the next samples; those left out before them are missing. */
  async push({ index, count, values }: TimedSamples): Promise<void> {
    await this.lose(index);
    const numbers = new Int32Array(count * this.digits.length);
    for (let i = 0, at = 0; i < count; i++)
      for (let c = 0; c < this.digits.length; c++, at++) numbers[at] = this.numberOf(values, at, c);
    await this.append(numbers);
  }

  /** @throws BioxError FILE_UNWRITABLE */
  async close(): Promise<void> {
    await this.lose(this.stream.samples);
    await this.data.close();
    const annotations = encodeAnnotations(this.stream.markers, this.written);
    const [head, , atr] = this.files;
    try {
      if (atr) await writeFile(atr, annotations, { flag: "wx" });
      await writeFile(head!, this.header(), { flag: "wx" });
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
  }

  /** Lets go of the file where the record is not to be finished. */
  async abandon(): Promise<void> {
    await this.data.close().catch(() => {});
  }

  private get missing(): number {
    return -(2 ** (this.format - 1));
  }

  private numberOf(values: Float64Array, at: number, c: number): number {
    const value = values[at]!;
    if (!Number.isFinite(value)) return this.missing;
    const digits = this.digits[c]!;
    const number = Math.max(this.missing + 1, Math.min(-this.missing - 1, digitOf(value, digits)));
    const error = Math.abs((number - digits.baseline) / digits.gain - value);
    if (error > this.errors[c]!) this.errors[c] = error;
    return number;
  }

  private async lose(until: number): Promise<void> {
    const width = this.digits.length;
    while (this.written < until)
      await this.append(new Int32Array(Math.min(4096, until - this.written) * width).fill(this.missing));
  }

  private async append(numbers: Int32Array): Promise<void> {
    const bytes = Buffer.alloc((numbers.length * this.format) / 8);
    const width = this.digits.length;
    for (let i = 0; i < numbers.length; i++) {
      const value = numbers[i]!;
      bytes.writeIntLE(value, (i * this.format) / 8, this.format / 8);
      this.checksums[i % width] = (this.checksums[i % width]! + value) & 0xffff;
      if (this.written === 0 && i < width) this.first[i] = value;
    }
    this.data.append(bytes);
    await this.data.settled();
    this.written += numbers.length / width;
    // What has failed is told by close().
  }

  private header(): string {
    const { descriptor, start } = this.stream;
    const { name } = parse(this.path);
    const begun = new Date(start).toISOString(); // UTC
    const [year, month, day] = begun.slice(0, 10).split("-");
    const lines = [
      `${name} ${this.digits.length} ${descriptor.rate} ${this.written} ${begun.slice(11, 23)} ${day}/${month}/${year}`,
    ];
    for (const [c, { gain, baseline }] of this.digits.entries()) {
      const channel = descriptor.channels[c]!;
      const unit = ascii(channel.unit).replace(/\s+/g, "_") || "NU";
      const checksum = (this.checksums[c]! << 16) >> 16;
      lines.push(
        `${name}.dat ${this.format} ${plain(gain)}(${baseline})/${unit} ${this.format} 0 ${this.first[c]} ${checksum} 0 ${ascii(channel.name)}`,
      );
    }
    lines.push("# times are UTC; written by biox-edge");
    return `${lines.join("\n")}\n`;
  }
}

function digitOf(value: number, { gain, baseline }: Digits): number {
  return Math.round(value * gain) + baseline;
}

/** A number without "+" in its exponent, which some readers do not take. */
function plain(value: number): string {
  return String(value).replace("e+", "e");
}
