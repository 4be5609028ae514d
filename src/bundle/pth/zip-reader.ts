import { fstatSync, read } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import yauzl from "yauzl";

const CHUNK_BYTES = 1 << 20;

/**
 * Reads parts of an open file for yauzl. Its own reader hands offsets of the archive to Node as they are, which for those beyond 2^53
 * throws where nobody can catch it.
 */
export class ZipReader extends yauzl.RandomAccessReader {
  readonly size: number;

  constructor(private readonly file: FileHandle) {
    super();
    this.size = fstatSync(file.fd).size;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (this.#holds(position, position + length)) read(this.file.fd, buffer, offset, length, position, callback);
    else setImmediate(() => callback(outside()));
  }

  override _readStreamForRange(start: number, end: number): Readable {
    if (!this.#holds(start, end)) throw outside();
    // Not a stream of Node's own over the file: that closes it when it is destroyed.
    return Readable.from(this.#chunks(start, end), { objectMode: false });
  }

  override close(callback: (error: Error | null) => void): void {
    this.file.close().then(() => callback(null), callback);
  }

  async *#chunks(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; ) {
      const { buffer, bytesRead } = await this.file.read(Buffer.alloc(Math.min(CHUNK_BYTES, end - at)), {
        position: at,
      });
      if (bytesRead === 0) throw outside();
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  #holds(start: number, end: number): boolean {
    return start >= 0 && start <= end && end <= this.size;
  }
}

function outside(): Error {
  return new Error("a part lies outside of the file");
}
