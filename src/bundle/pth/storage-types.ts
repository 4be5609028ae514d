import { type Dtype, dtypeInfo, type TensorData } from "../dtype.js";

/** PyTorch's names of storages (torch/storage.py), and what their elements are called in safetensors. */
const STORAGE_DTYPES = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
} as const satisfies Record<string, Dtype>;

export type StorageType = keyof typeof STORAGE_DTYPES;

export function isStorageType(name: string): name is StorageType {
  return Object.hasOwn(STORAGE_DTYPES, name);
}

/** Bytes of one element. */
export function elementBytes(type: StorageType): number {
  return dtypeInfo(STORAGE_DTYPES[type])!.size;
}

/** The elements of a storage; those of 16 bits come as 32-bit floats. Swaps `bytes` in place where they are big-endian. */
export function decodeStorage(type: StorageType, bytes: Uint8Array, bigEndian: boolean): TensorData {
  const { size, decode } = dtypeInfo(STORAGE_DTYPES[type])!;
  if (bigEndian) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (size === 2) buffer.swap16();
    if (size === 4) buffer.swap32();
    if (size === 8) buffer.swap64();
  }
  return decode(bytes);
}
