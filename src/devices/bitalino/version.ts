import { printableName } from "../printable.js";

const PREFIX = "BITalino";
const LONGEST = 40;
const NEWLINE = 10;

/** Finds the answer to the version command, `BITalino_v5.1` and a newline, among other bytes. */
export class VersionReader {
  #text = "";

  /** The version, such as `v5.1`, when this byte ends it. */
  take(byte: number): string | undefined {
    const at = this.#text.length;
    if (at < PREFIX.length) {
      const char = String.fromCharCode(byte);
      if (char === PREFIX[at]) this.#text += char;
      else this.#text = char === PREFIX[0] ? char : "";
      return undefined;
    }
    if (byte !== NEWLINE && at < LONGEST) {
      this.#text += String.fromCharCode(byte);
      return undefined;
    }
    const version = byte === NEWLINE ? printableName(this.#text.slice(PREFIX.length).replace(/^_/, "")) : undefined;
    this.#text = "";
    return version;
  }

  reset(): void {
    this.#text = "";
  }
}
