import { fromBfloat16, fromFloat16, toFloat16 } from "./half.js";

/** Values of a tensor in memory. F16 and BF16 are held as 32-bit floats, BOOL as bytes 0 and 1. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

interface DtypeInfo {
  /** Bytes of one element in the file. */
  readonly size: number;
  /** Copies `bytes` (little-endian, any alignment) into a typed array of its own. */
  decode(bytes: Uint8Array): TensorData;
}

/** The element types of the safetensors format that can be read here: all but the 8-bit and smaller floats. */
const DTYPES = {
  F64: { size: 8, decode: (bytes) => new Float64Array(own(bytes)) },
  F32: { size: 4, decode: (bytes) => new Float32Array(own(bytes)) },
  F16: { size: 2, decode: (bytes) => Float32Array.from(new Uint16Array(own(bytes)), fromFloat16) },
  BF16: { size: 2, decode: (bytes) => Float32Array.from(new Uint16Array(own(bytes)), fromBfloat16) },
  I64: { size: 8, decode: (bytes) => new BigInt64Array(own(bytes)) },
  U64: { size: 8, decode: (bytes) => new BigUint64Array(own(bytes)) },
  I32: { size: 4, decode: (bytes) => new Int32Array(own(bytes)) },
  U32: { size: 4, decode: (bytes) => new Uint32Array(own(bytes)) },
  I16: { size: 2, decode: (bytes) => new Int16Array(own(bytes)) },
  U16: { size: 2, decode: (bytes) => new Uint16Array(own(bytes)) },
  I8: { size: 1, decode: (bytes) => new Int8Array(own(bytes)) },
  U8: { size: 1, decode: (bytes) => new Uint8Array(own(bytes)) },
  BOOL: { size: 1, decode: (bytes) => new Uint8Array(own(bytes)) },
} as const satisfies Record<string, DtypeInfo>;

export type Dtype = keyof typeof DTYPES;

export const DTYPE_NAMES = Object.keys(DTYPES) as readonly Dtype[];

/** Size and decoder of a dtype name found in a file; undefined for a name that is not one. */
export function dtypeInfo(name: unknown): DtypeInfo | undefined {
  return typeof name === "string" && Object.hasOwn(DTYPES, name) ? DTYPES[name as Dtype] : undefined;
}

/** The bytes of `data` in a file, as `dtype`; undefined where the kind of array cannot be written so. */
export function encodeAs(dtype: Dtype, data: TensorData): Uint8Array | undefined {
  if (dtype === "F16" && data instanceof Float32Array) return bytesOf(Uint16Array.from(data, toFloat16));
  if (dtype === "BOOL" && data instanceof Uint8Array) return bytesOf(data);
  return dtype === naturalDtype(data) ? bytesOf(data) : undefined;
}

/** The dtype that stores a typed array as it is. */
export function naturalDtype(data: TensorData): Dtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof BigInt64Array) return "I64";
  if (data instanceof BigUint64Array) return "U64";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof Uint32Array) return "U32";
  if (data instanceof Int16Array) return "I16";
  if (data instanceof Uint16Array) return "U16";
  return data instanceof Int8Array ? "I8" : "U8";
}

function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A buffer that holds these bytes alone: aligned for any element type, and cheap to clone into another thread. */
function own(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}
