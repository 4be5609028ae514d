import { BioxError, invalidArgument } from "../errors.js";
import type { PreparedArray, PreparedDtype } from "./types.js";

export const DTYPES = ["float32", "float64", "int32", "int64"] as const satisfies readonly PreparedDtype[];

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array } as const;

const TWO_POW_32 = 2 ** 32;
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Writes the float64 result of the last step into the caller's array. */
export class OutputWriter {
  /** The last int64 array written, seen as 32-bit halves: storing numbers there makes no BigInt for each value. */
  #halves: Int32Array = new Int32Array(0);

  constructor(
    private readonly dtype: PreparedDtype,
    private readonly length: number,
  ) {}

  create(): PreparedArray {
    return new ARRAYS[this.dtype](this.length);
  }

  /** Copies and converts; throws PREPARE_INVALID for a value that the type cannot hold. */
  write(values: Float64Array, out: PreparedArray): void {
    this.check(out);
    let misfit: number;
    if (this.dtype === "float32" || this.dtype === "float64") misfit = writeFloats(values, out as Float64Array);
    else if (this.dtype === "int32") misfit = writeInt32(values, out as Int32Array);
    else misfit = writeInt64(values, this.#halvesOf(out as BigInt64Array));
    if (misfit < 0) return;
    throw new BioxError(
      "PREPARE_INVALID",
      `Prepared value ${misfit} is ${values[misfit]}, which ${this.dtype} cannot hold.`,
      "Scale, clip or normalise in a step before.",
    );
  }

  check(out: PreparedArray): void {
    const wanted = ARRAYS[this.dtype];
    if (!(out instanceof wanted) || out.length !== this.length)
      throw invalidArgument("out", `a ${wanted.name} of ${this.length} values`, out);
  }

  #halvesOf(out: BigInt64Array): Int32Array {
    const known = this.#halves;
    if (known.buffer !== out.buffer || known.byteOffset !== out.byteOffset || known.length !== 2 * out.length)
      this.#halves = new Int32Array(out.buffer, out.byteOffset, 2 * out.length);
    return this.#halves;
  }
}

// Each function returns the index of the first value that does not fit, or -1.

function writeFloats(values: Float64Array, out: Float32Array | Float64Array): number {
  for (let i = 0; i < out.length; i++) {
    out[i] = values[i]!;
    if (!Number.isFinite(out[i])) return i;
  }
  return -1;
}

function writeInt32(values: Float64Array, out: Int32Array): number {
  for (let i = 0; i < out.length; i++) {
    const whole = Math.trunc(values[i]!);
    if (!(whole >= -(2 ** 31) && whole < 2 ** 31)) return i;
    out[i] = whole;
  }
  return -1;
}

function writeInt64(values: Float64Array, halves: Int32Array): number {
  const low = LITTLE_ENDIAN ? 0 : 1;
  const high = 1 - low;
  for (let i = 0; 2 * i < halves.length; i++) {
    const whole = Math.trunc(values[i]!);
    if (!(whole >= -(2 ** 63) && whole < 2 ** 63)) return i;
    const upper = Math.floor(whole / TWO_POW_32);
    halves[2 * i + high] = upper;
    halves[2 * i + low] = whole - upper * TWO_POW_32;
  }
  return -1;
}
