import { DecimalReader } from "../decimal.js";
import type { Line } from "./parse.js";

/** What may stand before a number and behind it, so that any other number could stand there as well. */
const BEFORE = ",;\t =:[";
const BEHIND = ",;\t ]}";

/** A JSON object in which numbers stand only as values of its own, and names keep their order. */
const FLAT_JSON = /^\{(?:"[^"\\\d][^"\\]*": ?-?[\d.]+[, }]*)+$/;
const WORD = /\w/;
const NUMBERS = /-?\d+(?:\.\d+)?/g;

/**
 * The last line that was understood, as bytes with numbers between them. Sketches print the same line again and again with other
 * numbers: such a line is read here, from its bytes. All that is not quite alike is left to the parser.
 */
export class LineTemplate {
  #line: Line | undefined;
  /** Bytes before each number, and behind the last one. */
  #between: Uint8Array[] = [];
  readonly #decimal = new DecimalReader();
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
      const value = this.#decimal.read(bytes, this.#end, to);
      if (Number.isNaN(value)) return undefined;
      this.#end = this.#decimal.end;
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
}
