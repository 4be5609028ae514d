/**
 * 16-bit floats as they lie in safetensors files: IEEE 754 binary16 (F16) and bfloat16 (BF16).
 * Node 20 has no Float16Array, so both are widened to 32 bits when read; each such value is exact in 32 bits.
 */

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** Numbers of binary16 from one power of two to the next, over that power: from exponent -14 to 15. */
const STEPS = Float64Array.from({ length: 30 }, (_, i) => 2 ** (10 - (i - 14)));

/** The value of a binary16 bit pattern: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The binary16 bit pattern nearest to a value, ties to even; above 65504 it rounds to infinity as IEEE 754 says. */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below the least normal number all values share the exponent -14, so one rounding rule serves both ranges.
  single[0] = magnitude;
  const exponent = Math.max(-14, (word[0]! >>> 23) - 127);
  const scaled = roundHalfEven(magnitude * STEPS[exponent + 14]!);
  // A carry out of the fraction moves into the exponent field by plain addition, which is what rounding up means.
  return sign | ((magnitude < 2 ** -14 ? 0 : (exponent + 14) << 10) + scaled);
}

/** The value of a bfloat16 bit pattern: the upper half of a 32-bit float. */
export function fromBfloat16(bits: number): number {
  word[0] = bits << 16;
  return single[0]!;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
