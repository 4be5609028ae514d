import { DecimalReader } from "../decimal.js";
import { MOST_RELIABLE } from "./packet.js";
import { MOST_VALUES } from "./series.js";

const COMMA = 0x2c;
const MINUS = 0x2d;
const RETURN = 13;
/** As `parsePacket` and `parseNumbers` allow. */
const MOST_UNSIGNED_DIGITS = 10;
const MOST_VALUE_DIGITS = 9;

/** A packet of a series, read from its bytes: by far the most frequent kind. */
export class SeriesPacket {
  timestamp = 0;
  tag = "";
  /** Values; of the array only the first `count` are those of the packet. */
  readonly values = new Float64Array(MOST_VALUES);
  count = 0;
  readonly #decimal = new DecimalReader();
  readonly #tags: ReadonlyMap<number, string>;

  /** @param tags tags of the series, of two characters each */
  constructor(tags: readonly string[]) {
    this.#tags = new Map(tags.map((tag) => [pair(tag.charCodeAt(0), tag.charCodeAt(1)), tag]));
  }

  /** Whether the line `bytes[from..to)` is an intact packet of one of the series; all others are for `parsePacket`. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    const end = bytes[to - 1] === RETURN ? to - 1 : to;
    this.timestamp = this.#unsigned(bytes, from, end);
    if (Number.isNaN(this.timestamp)) return false;
    if (Number.isNaN(this.#unsigned(bytes, this.#decimal.end + 1, end))) return false;
    this.count = this.#unsigned(bytes, this.#decimal.end + 1, end);
    if (!(this.count >= 1 && this.count <= MOST_VALUES)) return false;
    const tagAt = this.#decimal.end + 1;
    const tag = this.#tags.get(pair(bytes[tagAt]!, bytes[tagAt + 1]!));
    if (tag === undefined || bytes[tagAt + 2] !== COMMA) return false;
    this.tag = tag;
    if (Number.isNaN(this.#unsigned(bytes, tagAt + 3, end))) return false;
    if (!(this.#unsigned(bytes, this.#decimal.end + 1, end) <= MOST_RELIABLE)) return false;
    return this.#readValues(bytes, this.#decimal.end, end);
  }

  /** For a packet that `parsePacket` has read. */
  set(timestamp: number, tag: string, values: readonly number[]): void {
    this.timestamp = timestamp;
    this.tag = tag;
    this.values.set(values);
    this.count = values.length;
  }

  /** A field of digits with a comma behind it; NaN where it is none. */
  #unsigned(bytes: Uint8Array, at: number, to: number): number {
    const decimal = this.#decimal;
    const value = decimal.read(bytes, at, to);
    const fits = bytes[at] !== MINUS && decimal.digits <= MOST_UNSIGNED_DIGITS && decimal.decimals === 0;
    return fits && decimal.end < to && bytes[decimal.end] === COMMA ? value : Number.NaN;
  }

  /** `at`: the comma before the first value. */
  #readValues(bytes: Uint8Array, at: number, to: number): boolean {
    const decimal = this.#decimal;
    let end = at;
    for (let i = 0; i < this.count; i++) {
      if (end >= to || bytes[end] !== COMMA) return false;
      const value = decimal.read(bytes, end + 1, to);
      if (Number.isNaN(value) || decimal.digits > MOST_VALUE_DIGITS || decimal.decimals > MOST_VALUE_DIGITS)
        return false;
      this.values[i] = value;
      end = decimal.end;
    }
    return end === to;
  }
}

function pair(first: number, second: number): number {
  return (first << 8) | second;
}
