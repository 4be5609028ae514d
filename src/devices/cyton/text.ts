/** Longest text that is kept: a dump of all registers is about half of it. */
const MOST_CHARACTERS = 4096;
/** What every text of the board and of its dongle ends in. */
const END = "$$$";

/** Finds the board's answers among bytes that belong to no frame. */
export class CytonText {
  #text = "";

  constructor(private readonly onText: (text: string) => void) {}

  /** Tells whether the byte may be one of a text. */
  take(byte: number): boolean {
    const printable = (byte >= 32 && byte < 127) || byte === 10 || byte === 13;
    if (!printable || this.#text.length === MOST_CHARACTERS) this.#text = "";
    if (!printable) return false;
    this.#text += String.fromCharCode(byte);
    if (!this.#text.endsWith(END)) return true;
    const text = this.#text.slice(0, -END.length).trim();
    this.#text = "";
    if (text !== "") this.onText(text);
    return true;
  }

  reset(): void {
    this.#text = "";
  }
}

/** The firmware that a board's banner names; empty for firmware 1, which does not; undefined where the text is no banner. */
export function firmwareOf(text: string): string | undefined {
  if (!/OpenBCI|ADS1299 Device ID/.test(text)) return undefined;
  return /Firmware: (v[\d.]+)/.exec(text)?.[1] ?? "";
}
