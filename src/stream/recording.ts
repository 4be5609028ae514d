/**
 * Our recording of a link: raw bytes with their arrival times, so that a replay repeats the same decode.
 *
 *     "BIOXREC1" | u32 length | MessagePack map {device, baud, port, started} | records
 *     record: f64 arrival (epoch ms) | u32 length | bytes            (all little-endian)
 *
 * Records are appended as they come; a recording that was cut off opens and ends at its last whole record.
 */

import { createReadStream } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { pack, unpack } from "msgpackr";
import { BioxError } from "../errors.js";
import { unreadable, unwritable } from "../paths.js";

const MAGIC = Buffer.from("BIOXREC1");
const RECORD_HEADER = 12;
/** No read of a serial port returns more than this; a longer record is damage. */
const LONGEST_RECORD = 1 << 20;

export interface RecordingHeader {
  device: string;
  baud: number;
  port: string;
  /** Epoch ms. */
  started: number;
}

export class RecordingWriter {
  /** Bytes of the wire written so far. */
  bytes = 0;
  private pending: Promise<unknown> = Promise.resolve();
  private failure: Error | undefined;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
  ) {}

  /** @throws BioxError FILE_UNWRITABLE when the file exists already or cannot be made: a recording is never overwritten */
  static async create(path: string, header: RecordingHeader): Promise<RecordingWriter> {
    let file: FileHandle;
    try {
      file = await open(path, "wx");
    } catch (cause) {
      throw unwritable(path, cause);
    }
    const description = pack(header);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(description.length);
    await file.write(Buffer.concat([MAGIC, length, description]));
    return new RecordingWriter(file, path);
  }

  write(bytes: Uint8Array, arrival: number): void {
    if (this.failure) return;
    const record = Buffer.alloc(RECORD_HEADER + bytes.length);
    record.writeDoubleLE(arrival);
    record.writeUInt32LE(bytes.length, 8);
    record.set(bytes, RECORD_HEADER);
    this.bytes += bytes.length;
    this.pending = this.pending
      .then(() => this.file.write(record))
      .catch((error: Error) => {
        this.failure = error;
      });
  }

  /** @throws BioxError FILE_UNWRITABLE when something could not be written (a full disk); what was written before is whole */
  async close(): Promise<void> {
    await this.pending;
    await this.file.close();
    if (this.failure) throw unwritable(this.path, this.failure);
  }
}

export interface Recording {
  readonly header: RecordingHeader;
  /** Arrival times, epoch ms, and the bytes of each record. */
  readonly arrivals: readonly number[];
  readonly chunks: readonly Uint8Array[];
}

/** True when the file begins as a recording does. */
export async function isRecording(path: string): Promise<boolean> {
  try {
    for await (const start of createReadStream(path, { end: MAGIC.length - 1 })) return MAGIC.equals(start as Buffer);
  } catch {
    // Whoever opens the file for its content says why it cannot be read.
  }
  return false;
}

/** @throws BioxError FILE_INVALID when the header is not one */
export async function readRecording(path: string): Promise<Recording> {
  const all = await readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  const bad = (cause?: unknown) =>
    new BioxError(
      "FILE_INVALID",
      `${path} is not a whole biox recording: its header cannot be read.`,
      "Record it again with 'biox record'.",
      { cause },
    );
  if (all.length < MAGIC.length + 4 || !MAGIC.equals(all.subarray(0, MAGIC.length))) throw bad();
  const length = all.readUInt32LE(MAGIC.length);
  let at = MAGIC.length + 4 + length;
  if (at > all.length) throw bad();
  let header: RecordingHeader;
  try {
    header = unpack(all.subarray(MAGIC.length + 4, at)) as RecordingHeader;
  } catch (cause) {
    throw bad(cause);
  }
  if (typeof header?.device !== "string" || typeof header.started !== "number") throw bad();
  const arrivals: number[] = [];
  const chunks: Uint8Array[] = [];
  while (at + RECORD_HEADER <= all.length) {
    const arrival = all.readDoubleLE(at);
    const size = all.readUInt32LE(at + 8);
    at += RECORD_HEADER;
    if (size > LONGEST_RECORD || at + size > all.length || !Number.isFinite(arrival)) break;
    arrivals.push(arrival);
    chunks.push(all.subarray(at, at + size));
    at += size;
  }
  return { header, arrivals, chunks };
}
