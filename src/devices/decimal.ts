const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** So many digits make a whole number that a double holds exactly; it and a power of ten below 10^22 divide with one rounding. */
const MOST_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: MOST_DIGITS + 1 }, (_, i) => 10 ** i);

/** Reads numbers in text from its bytes: as JSON writes them, without an exponent, of at most 15 digits. The values are those of `Number`. */
export class DecimalReader {
  /** Behind the number read last. */
  end = 0;
  /** Its digits in front of the point, and behind it. */
  digits = 0;
  decimals = 0;

  /** The number that begins at `at`; NaN where there is none of this form. */
  read(bytes: Uint8Array, at: number, to: number): number {
    const negative = bytes[at] === MINUS;
    const first = negative ? at + 1 : at;
    let end = first;
    let whole = 0;
    for (; end < to && isDigit(bytes[end]!); end++) whole = whole * 10 + (bytes[end]! - ZERO);
    this.digits = end - first;
    this.decimals = 0;
    if (this.digits === 0 || (this.digits > 1 && bytes[first] === ZERO)) return Number.NaN;
    if (end < to && bytes[end] === POINT) {
      const point = ++end;
      for (; end < to && isDigit(bytes[end]!); end++) whole = whole * 10 + (bytes[end]! - ZERO);
      this.decimals = end - point;
      if (this.decimals === 0) return Number.NaN;
    }
    if (this.digits + this.decimals > MOST_DIGITS) return Number.NaN;
    this.end = end;
    const value = this.decimals === 0 ? whole : whole / POWERS_OF_TEN[this.decimals]!;
    return negative ? -value : value;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
