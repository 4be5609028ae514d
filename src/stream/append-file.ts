import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { BioxError } from "../errors.js";
import { unwritable } from "../paths.js";

/** What a power failure may take from a file that grows, ms. */
const SYNC_MS = 1000;
/** What may wait for a disk that does not answer, bytes: a wearable of 100 kB/s fills it in ten minutes. */
export const MOST_WAITING_BYTES = 1 << 26;

/** What a recording is written to. */
export interface GrowingFile {
  /** Appends `bytes`, which must not change before they are written; `written` is called once they are in the file. */
  append(bytes: Uint8Array, written?: () => void): void;
  /** @throws BioxError FILE_UNWRITABLE when something could not be written */
  close(): Promise<void>;
}

/**
 * Makes a new file with its first bytes.
 *
 * @param onError told once, as soon as something cannot be written
 * @throws BioxError FILE_UNWRITABLE when the file exists already or cannot be made
 */
export type CreateFile = (path: string, start: Uint8Array, onError: (error: BioxError) => void) => Promise<GrowingFile>;

/**
 * A new file that grows at its end. Each second in which something was written it is brought to the disk, in a thread of the system's
 * own: neither the caller nor the next write waits for that. When the disk takes no more, or so slowly that too much waits for it, it is
 * told at once, and nothing more is written.
 */
export class AppendFile implements GrowingFile {
  private pending: Promise<void> = Promise.resolve();
  private failure: BioxError | undefined;
  private closing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private syncing: Promise<void> = Promise.resolve();
  /** Bytes that wait to be written. */
  private waiting = 0;
  private stalled = false;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    private readonly onError: (error: BioxError) => void,
  ) {}

  /**
   * @param start the first bytes; where they do not fit on the disk no file is left
   * @param onError told once, as soon as something cannot be written
   * @param mode rights of the file, without the bits of the process's umask
   * @throws BioxError FILE_UNWRITABLE when the file exists already or cannot be made
   */
  static async create(
    path: string,
    start: Uint8Array,
    onError: (error: BioxError) => void,
    mode = 0o666,
  ): Promise<AppendFile> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, "wx", mode);
      await writeAll(file, start);
      await syncFolder(path);
      return new AppendFile(file, path, onError);
    } catch (cause) {
      if (file) await discard(path, file);
      throw unwritable(path, cause);
    }
  }

  /** Whether nothing more will be written. */
  get ended(): boolean {
    return this.failure !== undefined || this.closing !== undefined;
  }

  /** Appends `bytes`, which must not change before they are written; `written` is called once they are in the file. */
  append(bytes: Uint8Array, written: () => void = () => {}): void {
    if (this.ended) return;
    if (this.waiting + bytes.length > MOST_WAITING_BYTES) {
      this.stall();
      return;
    }
    this.waiting += bytes.length;
    this.pending = this.pending.then(() => this.write(bytes, written));
    this.timer ??= setTimeout(() => this.sync(), SYNC_MS);
  }

  /** Gives up on a disk that does not answer. Nothing waits for it any more. */
  stall(): void {
    if (this.ended) return;
    this.stalled = true;
    const limit = `${MOST_WAITING_BYTES / 2 ** 20} MiB`;
    this.failWith(
      new BioxError(
        "FILE_UNWRITABLE",
        `File '${this.path}' cannot be written: its disk does not keep up, and ${limit} wait to be written.`,
        "Choose another path.",
      ),
    );
  }

  /** Resolves when everything appended so far is in the file, or cannot be. */
  settled(): Promise<void> {
    return this.pending;
  }

  /** @throws BioxError FILE_UNWRITABLE when something could not be written */
  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async write(bytes: Uint8Array, written: () => void): Promise<void> {
    // What stands behind a piece that was cut off could not be read.
    if (this.failure) return;
    try {
      await writeAll(this.file, bytes);
      written();
    } catch (cause) {
      this.fail(cause);
    } finally {
      this.waiting -= bytes.length;
    }
  }

  private sync(): void {
    this.syncing = this.file
      .datasync()
      .catch((cause) => this.fail(cause))
      .finally(() => {
        this.timer = undefined;
      });
  }

  private fail(cause: unknown): void {
    this.failWith(unwritable(this.path, cause));
  }

  private failWith(failure: BioxError): void {
    if (this.failure) return;
    this.failure = failure;
    this.onError(failure);
  }

  private async finish(): Promise<void> {
    clearTimeout(this.timer);
    if (this.stalled) {
      // It may never answer; if it does, the file is let go.
      void Promise.all([this.pending, this.syncing]).then(() => this.file.close().catch(() => {}));
      throw this.failure;
    }
    await this.pending;
    await this.syncing;
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
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
}

/** A file is found after a power failure only once its folder knows its name. */
async function syncFolder(path: string): Promise<void> {
  // Some file systems (FAT, network drives) cannot sync a folder, and some folders may be written but not read.
  const folder = await open(dirname(path)).catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

async function discard(path: string, file: FileHandle): Promise<void> {
  await file.close().catch(() => {});
  await rm(path, { force: true }).catch(() => {});
}
