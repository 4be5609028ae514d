import { type FileHandle, open, rm } from "node:fs/promises";
import { pack } from "msgpackr";
import type { BioxError } from "../errors.js";
import { unwritable } from "../paths.js";
import { MAGIC, RECORD_HEADER, type RecordingHeader } from "./recording-format.js";

/** Appends to a new recording, and notices at once when the disk takes no more. */
export class RecordingWriter {
  /** Bytes of the wire that are in the file so far. */
  bytes = 0;
  private pending: Promise<void> = Promise.resolve();
  private failure: BioxError | undefined;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    private readonly onError: (error: BioxError) => void,
  ) {}

  /**
   * @param onError told once, as soon as something cannot be written (a full disk); from then on nothing more is
   * @throws BioxError FILE_UNWRITABLE when the file exists already or cannot be made: a recording is never overwritten
   */
  static async create(
    path: string,
    header: RecordingHeader,
    onError: (error: BioxError) => void = () => {},
  ): Promise<RecordingWriter> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, "wx");
      const description = pack(header);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(description.length);
      await writeAll(file, Buffer.concat([MAGIC, length, description]));
      return new RecordingWriter(file, path, onError);
    } catch (cause) {
      if (file) await discard(path, file);
      throw unwritable(path, cause);
    }
  }

  /** @param arrival epoch ms, never less than the one before */
  write(bytes: Uint8Array, arrival: number): void {
    if (this.failure || this.closing) return;
    const record = Buffer.alloc(RECORD_HEADER + bytes.length);
    record.writeDoubleLE(arrival);
    record.writeUInt32LE(bytes.length, 8);
    record.set(bytes, RECORD_HEADER);
    this.pending = this.pending.then(() => this.append(record));
  }

  /** @throws BioxError FILE_UNWRITABLE when something could not be written; all whole records before it can be replayed */
  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async append(record: Buffer): Promise<void> {
    // A record behind one that was cut off could not be found again.
    if (this.failure) return;
    try {
      await writeAll(this.file, record);
      this.bytes += record.length - RECORD_HEADER;
    } catch (cause) {
      this.failure = unwritable(this.path, cause);
      this.onError(this.failure);
    }
  }

  private async finish(): Promise<void> {
    await this.pending;
    try {
      // Some file systems tell only now that the disk is full.
      if (!this.failure) await this.file.sync();
      await this.file.close();
    } catch (cause) {
      this.failure ??= unwritable(this.path, cause);
      await this.file.close();
    }
    if (this.failure) throw this.failure;
  }
}

/** A disk that runs full takes a part first and fails the next time. */
async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
}

async function discard(path: string, file: FileHandle): Promise<void> {
  await file.close().catch(() => {});
  await rm(path, { force: true }).catch(() => {});
}
