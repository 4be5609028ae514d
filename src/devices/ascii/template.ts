import type { Line } from "./parse.js";

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** So many digits make a whole number that a double holds exactly; it and a power of ten below 10^22 divide with one rounding. */
const MOST_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: MOST_DIGITS + 1 }, (_, i) => 10 ** i);

/** What may stand before a number and behind it, so that any other number could stand there as well. */
const BEFORE = ",;\t =:[";
const BEHIND = ",;\t ]}";

/** A JSON object in which numbers stand only as values of its own, and names keep their order. */
const FLAT_JSON = /^\{(?:"[^"\\\d][^"\\]*": ?-?[\d.]+[, }]*)+$/;
const WORD = /\w/;
const NUMBERS = /-?\d+(?:\.\d+)?/g;

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/**
 * The last line that was understood, as bytes with numbers between them. Sketches print the same line again and again with other
 * numbers: such a line is read here, from its bytes. All that is not quite alike is left to the parser.
 */
export class LineTemplate {
  #line: Line | undefined;
  /** Bytes before each number, and behind the last one. */
  #between: Uint8Array[] = [];
  #end = 0;
  #misses = 0;

  /** The line in `bytes[from..to)` where it differs from the last one learnt only in plain decimal numbers. */
  match(bytes: Uint8Array, from: number, to: number): Line | undefined {
    const learnt = this.#line;
    if (learnt === undefined) return undefined;
    const last = this.#between.length - 1;
    const values: number[] = [];
    this.#end = from;
    for (let i = 0; i < last; i++) {
      if (!this.#passes(this.#between[i]!, bytes, to)) return undefined;
      const value = this.#number(bytes, to);
      if (value === undefined) return undefined;
      values.push(value);
    }
    if (!this.#passes(this.#between[last]!, bytes, to) || this.#end !== to) return undefined;
    this.#misses = 0;
    return { form: learnt.form, names: learnt.names, values, signature: learnt.signature };
  }

  /** To be told each line that `match` did not know. */
  learn(text: string, line: Line): void {
    this.#misses++;
    // Of many in a row fewer and fewer, for prints of which no two are alike.
    if ((this.#misses & (this.#misses - 1)) !== 0) return;
    if ((line.form !== "plain" && line.form !== "named") || line.state !== undefined) return;
    if (text.trimStart().startsWith("{") && !FLAT_JSON.test(text.trim())) return;
    const between: string[] = [];
    let end = 0;
    for (const found of text.matchAll(NUMBERS)) {
      const before = found.index === 0 ? "," : text[found.index - 1]!;
      // The digits of a name, as in ch1, are part of what stands between.
      if (WORD.test(before)) continue;
      const behind = text[found.index + found[0].length] ?? ",";
      if (!BEFORE.includes(before) || !BEHIND.includes(behind)) return;
      if (!Object.is(Number(found[0]), line.values[between.length])) return;
      between.push(text.slice(end, found.index));
      end = found.index + found[0].length;
    }
    if (between.length === 0 || between.length !== line.values.length) return;
    between.push(text.slice(end));
    this.#between = between.map((part) => Uint8Array.from(Buffer.from(part, "latin1")));
    this.#line = line;
  }

  reset(): void {
    this.#line = undefined;
    this.#misses = 0;
  }

  #passes(part: Uint8Array, bytes: Uint8Array, to: number): boolean {
    const at = this.#end;
    if (at + part.length > to) return false;
    for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false;
    this.#end = at + part.length;
    return true;
  }

  /** The number that begins here, as JSON would write it, without an exponent. */
  #number(bytes: Uint8Array, to: number): number | undefined {
    let at = this.#end;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const first = at;
    let whole = 0;
    for (; at < to && isDigit(bytes[at]!); at++) whole = whole * 10 + (bytes[at]! - ZERO);
    const digits = at - first;
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return undefined;
    let decimals = 0;
    if (at < to && bytes[at] === POINT) {
      const point = ++at;
      for (; at < to && isDigit(bytes[at]!); at++) whole = whole * 10 + (bytes[at]! - ZERO);
      decimals = at - point;
      if (decimals === 0) return undefined;
    }
    if (digits + decimals > MOST_DIGITS) return undefined;
    this.#end = at;
    const value = decimals === 0 ? whole : whole / POWERS_OF_TEN[decimals]!;
    return negative ? -value : value;
  }
}
