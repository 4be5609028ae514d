import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { BioxError } from "../errors.js";
import { unreadable } from "../paths.js";
import { requireRegular } from "../regular-file.js";
import { type Header, headerEnd, LENGTH_BYTES, parseHeader, type TensorEntry } from "./safetensors-header.js";

/** A safetensors file of which only the header is in memory: tensors are read by range when asked for. */
export class SafetensorsFile {
  readonly #descriptor: number;
  readonly #header: Header;
  #closed = false;

  /** @throws BioxError FILE_UNREADABLE, FILE_INVALID */
  constructor(readonly path: string) {
    try {
      requireRegular(path, statSync(path));
      this.#descriptor = openSync(path, "r");
    } catch (cause) {
      throw cause instanceof BioxError ? cause : unreadable(path, cause);
    }
    try {
      const { size } = fstatSync(this.#descriptor);
      const start = this.bytes(0, Math.min(size, LENGTH_BYTES));
      this.#header = parseHeader(this.bytes(0, headerEnd(start, size, path)), size, path);
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  get entries(): readonly TensorEntry[] {
    return this.#header.entries;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata;
  }

  find(name: string): TensorEntry | undefined {
    return this.#header.entries.find((entry) => entry.name === name);
  }

  /**
   * Bytes `begin` to `end` of the file.
   *
   * @throws BioxError FILE_UNREADABLE when the file has become shorter since it was opened, or was closed
   */
  bytes(begin: number, end: number): Uint8Array {
    const into = new Uint8Array(end - begin);
    for (let done = 0; done < into.length; ) {
      const count = this.#read(into, done, begin + done);
      if (count === 0) throw unreadable(this.path, new Error("the file has become shorter"));
      done += count;
    }
    return into;
  }

  close(): void {
    if (!this.#closed) closeSync(this.#descriptor);
    this.#closed = true;
  }

  #read(into: Uint8Array, offset: number, position: number): number {
    if (this.#closed) throw unreadable(this.path, new Error("it was closed"));
    try {
      return readSync(this.#descriptor, into, offset, into.length - offset, position);
    } catch (cause) {
      throw unreadable(this.path, cause);
    }
  }
}
