import { closeSync, mkdtempSync, openSync, readSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invalidArgument } from "../../../errors.js";
import { unreadable, unwritable } from "../../../paths.js";
import type { PreparedArray } from "../../../prepare/index.js";
import type { PairSide, RowArray } from "../pair-set.js";

/**
 * Prepared windows of one side, in a temporary file without a name: nothing is left of it when the process ends, however it does.
 * Windows are prepared once, in the order of the recording, which filters with a state need.
 */
export class RowStore implements PairSide {
  readonly dtype: "float32" | "int64";
  rows = 0;
  readonly #descriptor: number;
  readonly #row: Float32Array | BigInt64Array;
  #closed = false;

  /** @throws BioxError FILE_UNWRITABLE */
  constructor(
    readonly name: string,
    readonly shape: readonly number[],
    whole: boolean,
  ) {
    const length = shape.reduce((product, extent) => product * extent, 1);
    this.dtype = whole ? "int64" : "float32";
    this.#row = whole ? new BigInt64Array(length) : new Float32Array(length);
    const folder = tmpdir();
    try {
      const own = mkdtempSync(join(folder, "biox-pairs-"));
      const path = join(own, "rows");
      this.#descriptor = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      rmSync(own, { recursive: true });
    } catch (cause) {
      throw unwritable(folder, cause);
    }
  }

  /** Appends a window. @throws BioxError FILE_UNWRITABLE */
  append(window: PreparedArray): void {
    const row = this.#row;
    if (row instanceof BigInt64Array) for (let i = 0; i < row.length; i++) row[i] = BigInt(window[i]!);
    else for (let i = 0; i < row.length; i++) row[i] = Number(window[i]);
    const bytes = new Uint8Array(row.buffer);
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.rows * bytes.length + done);
    } catch (cause) {
      throw unwritable(join(tmpdir(), "biox-pairs"), cause);
    }
    this.rows++;
  }

  read(row: number, into: RowArray, offset = 0): void {
    if (!Number.isInteger(row) || row < 0 || row >= this.rows)
      throw invalidArgument("row", `a whole number from 0 to ${this.rows - 1}`, row);
    if (this.dtype === "float32" && !(into instanceof Float32Array))
      throw invalidArgument("into", `a Float32Array for '${this.name}'`, into);
    const bytes = new Uint8Array(this.#row.buffer);
    try {
      if (this.#closed) throw new Error("it was closed");
      for (let done = 0; done < bytes.length; )
        done += readSync(this.#descriptor, bytes, done, bytes.length - done, row * bytes.length + done);
    } catch (cause) {
      throw unreadable(join(tmpdir(), "biox-pairs"), cause);
    }
    const values = this.#row;
    if (into instanceof BigInt64Array) for (let i = 0; i < values.length; i++) into[offset + i] = BigInt(values[i]!);
    else for (let i = 0; i < values.length; i++) into[offset + i] = Number(values[i]);
  }

  close(): void {
    if (!this.#closed) closeSync(this.#descriptor);
    this.#closed = true;
  }
}
