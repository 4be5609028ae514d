import { damaged } from "./refuse.js";

/** Longest name of a class or function that is looked at. */
const MOST_NAME_BYTES = 1000;

/** Reads the arguments of opcodes one after another, and says so where a pickle ends too early. */
export class PickleBytes {
  readonly #view: DataView;
  #at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly file: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the next byte lies. */
  get position(): number {
    return this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** Python writes this one number big-endian. */
  f64(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** A two's complement number of `length` bytes, little-endian; none is 0. */
  long(length: number): number | bigint {
    if (length > 8) throw damaged(this.file, `has a whole number of ${length} bytes in data.pkl, more than 8`);
    const start = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i]!);
    value = BigInt.asIntN(8 * length, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  text(length: number | bigint): string {
    const start = this.#take(Number(length));
    return this.#decode(start, this.#at);
  }

  /** Text up to a line feed, which is skipped. */
  line(): string {
    const start = this.#at;
    const end = this.bytes.subarray(start, start + MOST_NAME_BYTES).indexOf(0x0a);
    if (end < 0) throw damaged(this.file, `has a name in data.pkl at byte ${start} that does not end`);
    this.#at = start + end + 1;
    return this.#decode(start, start + end);
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.bytes.length - start)
      throw damaged(this.file, `is cut short: data.pkl ends at byte ${this.bytes.length}, in the middle of a value`);
    this.#at = start + length;
    return start;
  }

  #decode(start: number, end: number): string {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(this.bytes.subarray(start, end));
    } catch (cause) {
      throw damaged(this.file, `has text in data.pkl at byte ${start} that is not UTF-8`, cause);
    }
  }
}
