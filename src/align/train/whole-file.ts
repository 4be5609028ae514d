import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { BioxError } from "../../errors.js";
import { unwritable } from "../../paths.js";

/** A file that appears under its name when it is complete and on the disk, and not at all otherwise. */
export class WholeFile {
  readonly #part: string;
  readonly #descriptor: number;

  /** @throws BioxError FILE_UNWRITABLE, as the methods do */
  constructor(readonly path: string) {
    this.#part = `${path}.part`;
    this.#descriptor = this.#attempt(() => openSync(this.#part, "w"));
  }

  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): void {
    this.#attempt(() => {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done);
    });
  }

  /** Lets the file take its name. The rename is on the disk, too, when this returns. */
  finish(): void {
    this.#attempt(() => {
      fsyncSync(this.#descriptor);
      closeSync(this.#descriptor);
      renameSync(this.#part, this.path);
      const folder = openSync(dirname(this.path), "r");
      fsyncSync(folder);
      closeSync(folder);
    });
  }

  /** Takes back what was written. */
  discard(): void {
    closeSync(this.#descriptor);
    rmSync(this.#part, { force: true });
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw cause instanceof BioxError ? cause : unwritable(this.path, cause);
    }
  }
}

/** Writes a whole file in one move: after a crash it has its old content or all of the new. */
export function writeWholeFile(path: string, bytes: Uint8Array): void {
  const file = new WholeFile(path);
  try {
    file.write(bytes, 0);
  } catch (error) {
    file.discard();
    throw error;
  }
  file.finish();
}
