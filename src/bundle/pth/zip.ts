import { crc32 } from "node:zlib";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { BioxError } from "../../errors.js";
import { systemCode, unreadable } from "../../paths.js";
import { openRegular } from "../../regular-file.js";
import { damaged } from "./refuse.js";
import { ZipReader } from "./zip-reader.js";

/** No model has so many tensors; a directory of millions of entries would only take memory. */
const MOST_ENTRIES = 100_000;

/** A zip archive that is read entry by entry, each checked against its CRC-32. */
export class Zip {
  readonly path: string;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(path: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.path = path;
    this.#zip = zip;
    this.#entries = entries;
  }

  /** @throws BioxError FILE_UNREADABLE; FILE_INVALID when the file is no whole zip archive */
  static async open(path: string): Promise<Zip> {
    try {
      const reader = new ZipReader(await openRegular(path));
      let zip: ZipFile;
      try {
        zip = await yauzl.fromRandomAccessReaderPromise(reader, reader.size, {
          autoClose: false,
          strictFileNames: true,
        });
      } catch (error) {
        reader.close(() => {});
        throw error;
      }
      // Errors also come as rejections; without a listener Node would end the process.
      zip.on("error", () => {});
      try {
        return new Zip(path, zip, await directory(zip, path));
      } catch (error) {
        zip.close();
        throw error;
      }
    } catch (error) {
      throw asBiox(path, error);
    }
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Size in bytes once unpacked; undefined where there is no such entry. */
  size(name: string): number | undefined {
    return this.#entries.get(name)?.uncompressedSize;
  }

  /**
   * The content of an entry that exists.
   *
   * @param most bytes that may come out; what claims to be larger is refused before anything is unpacked
   * @throws BioxError FILE_INVALID when the entry is damaged or too large
   */
  async read(name: string, most: number): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw damaged(this.path, `has no entry '${name}'`);
    if (entry.uncompressedSize > most)
      throw damaged(this.path, `has an entry '${name}' of ${entry.uncompressedSize} bytes, more than ${most}`);
    const parts: Buffer[] = [];
    try {
      for await (const part of await this.#zip.openReadStreamPromise(entry)) parts.push(part);
    } catch (error) {
      throw asBiox(this.path, error);
    }
    const bytes = Buffer.concat(parts);
    if (crc32(bytes) !== entry.crc32) throw damaged(this.path, `is damaged: the CRC-32 of '${name}' is wrong`);
    return bytes;
  }

  close(): void {
    this.#zip.close();
  }
}

async function directory(zip: ZipFile, path: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    // Readers differ in which of two they take, so the same file could mean different things.
    if (entries.has(entry.fileName)) throw damaged(path, `has two entries '${entry.fileName}'`);
    if (entries.size === MOST_ENTRIES) throw damaged(path, `has more than ${MOST_ENTRIES} entries`);
    entries.set(entry.fileName, entry);
  }
  return entries;
}

function asBiox(path: string, error: unknown): BioxError {
  if (error instanceof BioxError) return error;
  const code = systemCode(error);
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return unreadable(path, error);
  // The library says it in several sentences.
  const [reason] = (error instanceof Error ? error.message : String(error)).split(/\. |\.$/);
  return damaged(path, `is not a whole zip archive: ${reason}`, error);
}
