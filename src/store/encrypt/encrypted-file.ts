import type { AppendFile, GrowingFile } from "../../stream/append-file.js";
import { frameChunk } from "./format.js";

/** What a kill takes, ms: so long bytes are gathered into one chunk, since each chunk costs 21 bytes and a call. */
const GATHER_MS = 250;
/** Or until there are so many. */
const GATHER_BYTES = 1 << 16;

/** A file that grows by encrypted chunks. */
export class EncryptedFile implements GrowingFile {
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  private written: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly file: AppendFile,
    private readonly seal: (bytes: Uint8Array, last: boolean) => Uint8Array,
  ) {}

  /**
   * @param open makes the file with its first bytes
   * @param start what the first chunk holds
   * @param seal encrypts the next chunk
   */
  static async create(
    open: (first: Uint8Array) => Promise<AppendFile>,
    start: Uint8Array,
    seal: (bytes: Uint8Array, last: boolean) => Uint8Array,
  ): Promise<EncryptedFile> {
    return new EncryptedFile(await open(frameChunk(seal(start, false))), seal);
  }

  append(bytes: Uint8Array, written: () => void = () => {}): void {
    if (this.closing || this.file.ended) return;
    if (this.heldBytes + bytes.length > GATHER_BYTES) this.flush();
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    this.written.push(written);
    this.timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private finish(): Promise<void> {
    this.flush(true);
    return this.file.close();
  }

  private flush(last = false): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { held, written } = this;
    if (held.length === 0 && !last) return;
    this.held = [];
    this.heldBytes = 0;
    this.written = [];
    this.file.append(frameChunk(this.seal(Buffer.concat(held), last)), () => {
      for (const tell of written) tell();
    });
  }
}
