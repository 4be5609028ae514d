import type { LinkStats } from "../types.js";

/** Longest line that is taken: a PSWS line has some 100 characters, a JSON line of many channels some 300. */
const LONGEST = 512;
const NEWLINE = 10;
const RETURN = 13;

/**
 * Gets a line without its end. `damaged`: it has bytes that no text has. `first`: it began before the link was opened, or so
 * it may be. Valid only during the call.
 */
export type OnLine = (text: string, damaged: boolean, first: boolean) => void;

/** Cuts bytes into lines, ended by CR, LF or both. Empty lines are left out, too long ones counted as `oversize`. */
export class LineReader {
  readonly #bytes = Buffer.alloc(LONGEST);
  #length = 0;
  #tooLong = false;
  #damaged = false;
  #first = true;

  constructor(readonly link: LinkStats) {}

  push(chunk: Uint8Array, onLine: OnLine): void {
    this.link.bytes += chunk.length;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === NEWLINE || byte === RETURN) this.#end(onLine);
      else if (this.#length < LONGEST) {
        this.#bytes[this.#length++] = byte;
        if ((byte < 32 && byte !== 9) || byte > 126) this.#damaged = true;
      } else this.#tooLong = true;
    }
  }

  reset(): void {
    this.#length = 0;
    this.#tooLong = this.#damaged = false;
    this.#first = true;
  }

  #end(onLine: OnLine): void {
    const length = this.#length;
    const damaged = this.#damaged;
    const first = this.#first;
    const tooLong = this.#tooLong;
    this.#length = 0;
    this.#damaged = this.#tooLong = this.#first = false;
    if (tooLong) this.link.oversize++;
    else if (length > 0) onLine(this.#bytes.toString("latin1", 0, length), damaged, first);
  }
}
