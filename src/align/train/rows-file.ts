import type { FileHandle } from "node:fs/promises";
import { SafetensorsFile, type TensorEntry } from "../../bundle/index.js";
import { BioxError } from "../../errors.js";
import { WholeFile } from "../../whole-file.js";

/** Names and lengths of what a row consists of. */
export type RowSizes = Readonly<Record<string, number>>;

/** Bytes of a float32. */
const FLOAT = 4;

/**
 * Writes a safetensors file of float32 tensors [rows, size] row by row, so that none of them is ever in memory. It appears when
 * it is complete.
 */
export class RowsWriter {
  private constructor(
    private readonly file: WholeFile,
    private readonly sizes: RowSizes,
    private readonly starts: ReadonlyMap<string, number>,
  ) {}

  /** @throws BioxError FILE_UNWRITABLE, as the methods do */
  static async create(
    path: string,
    rows: number,
    sizes: RowSizes,
    metadata: Readonly<Record<string, string>>,
  ): Promise<RowsWriter> {
    const offsets: [name: string, offset: number][] = [];
    const header: Record<string, unknown> = { __metadata__: metadata };
    let offset = 0;
    for (const [name, size] of Object.entries(sizes)) {
      const end = offset + rows * size * FLOAT;
      header[name] = { dtype: "F32", shape: [rows, size], data_offsets: [offset, end] };
      offsets.push([name, offset]);
      offset = end;
    }
    const json = new TextEncoder().encode(JSON.stringify(header));
    const length = Math.ceil(json.length / 8) * 8;
    const bytes = new Uint8Array(8 + length).fill(0x20);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    bytes.set(json, 8);
    // Always the same name until it is complete: it may be gigabytes, of which a training that was killed must not leave more and more.
    const file = await WholeFile.create(path, { part: `${path}.part` });
    await file.fill((out) => writeAt(out, bytes, 0));
    return new RowsWriter(file, sizes, new Map(offsets.map(([name, offset]) => [name, offset + bytes.length])));
  }

  /** One row of one tensor. */
  write(name: string, row: number, values: Float32Array): Promise<void> {
    const position = this.starts.get(name)! + row * this.sizes[name]! * FLOAT;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.file.fill((out) => writeAt(out, bytes, position));
  }

  async finish(): Promise<void> {
    await this.file.complete();
    await this.file.place();
  }

  discard(): Promise<void> {
    return this.file.discard();
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

/** Reads what {@link RowsWriter} wrote, row by row. */
export class RowsReader {
  readonly #file: SafetensorsFile;
  readonly #tensors: ReadonlyMap<string, TensorEntry>;

  /** @throws BioxError FILE_UNREADABLE, FILE_INVALID */
  constructor(path: string) {
    this.#file = new SafetensorsFile(path);
    this.#tensors = new Map(this.#file.entries.map((entry) => [entry.name, entry]));
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#file.metadata;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** Numbers in a row of that tensor. */
  size(name: string): number {
    return this.#need(name).shape[1]!;
  }

  /** Elements `from` to `from + into.length` of a row. */
  read(name: string, row: number, into: Float32Array, from = 0): void {
    const { begin, shape } = this.#need(name);
    const start = begin + (row * shape[1]! + from) * FLOAT;
    const bytes = this.#file.bytes(start, start + into.byteLength);
    new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes);
  }

  close(): void {
    this.#file.close();
  }

  #need(name: string): TensorEntry {
    const entry = this.#tensors.get(name);
    if (entry?.shape.length === 2) return entry;
    throw new BioxError(
      "FILE_INVALID",
      `${this.#file.path} has no rows '${name}'.`,
      "Remove that folder of the cache.",
    );
  }
}
