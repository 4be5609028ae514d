import type { LinkStats } from "../types.js";

/** Longest line that is taken: a PSWS line has some 100 characters, a JSON line of many channels some 300. */
const LONGEST = 512;
const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;

/**
 * Gets a line without its end: `bytes[from..to)`, valid only during the call. `damaged`: it has bytes that no text has. `first`: it
 * began before the link was opened, or so it may be.
 */
export type OnLine = (bytes: Uint8Array, from: number, to: number, damaged: boolean, first: boolean) => void;

/** Cuts bytes into lines, ended by CR, LF or both. Empty lines are left out, too long ones counted as `oversize`. */
export class LineReader {
  /** The begin of a line whose end has not come. */
  readonly #bytes = new Uint8Array(LONGEST);
  /** Its bytes, those that had no room included. */
  #length = 0;
  #damaged = false;
  #first = true;

  constructor(readonly link: LinkStats) {}

  push(chunk: Uint8Array, onLine: OnLine): void {
    this.link.bytes += chunk.length;
    let from = 0;
    let damaged = this.#damaged;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte >= 32 && byte <= 126) continue;
      if (byte === NEWLINE || byte === RETURN) {
        const start = from;
        from = i + 1;
        this.#end(chunk, start, i, damaged, onLine);
        damaged = false;
      } else if (byte !== TAB) damaged = true;
    }
    this.#damaged = damaged;
    this.#keep(chunk, from, chunk.length);
  }

  reset(): void {
    this.#length = 0;
    this.#damaged = false;
    this.#first = true;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const room = Math.min(to - from, LONGEST - this.#length);
    for (let i = 0; i < room; i++) this.#bytes[this.#length + i] = chunk[from + i]!;
    // At once: the end of a line that never ends would not come.
    if (this.#length <= LONGEST && this.#length + to - from > LONGEST) this.link.oversize++;
    this.#length += to - from;
  }

  #end(chunk: Uint8Array, from: number, to: number, damaged: boolean, onLine: OnLine): void {
    const kept = this.#length > 0;
    if (kept) this.#keep(chunk, from, to);
    const length = kept ? this.#length : to - from;
    const first = this.#first;
    this.#length = 0;
    this.#damaged = this.#first = false;
    if (!kept && length > LONGEST) this.link.oversize++;
    else if (length > 0 && length <= LONGEST)
      onLine(kept ? this.#bytes : chunk, kept ? 0 : from, kept ? length : to, damaged, first);
  }
}
