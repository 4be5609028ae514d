import { readFileSync, statSync } from "node:fs";
import { BioxError } from "../errors.js";
import { filePath, unreadable } from "../paths.js";
import { requireRegular } from "../regular-file.js";
import type { Dtype, TensorData } from "./dtype.js";
import { parseHeader } from "./safetensors-header.js";

/** One tensor: `data` is row-major and as long as the product of `shape` ([] is a scalar). */
export interface Tensor {
  /** Element type in the file; F16 and BF16 values are widened to a Float32Array in `data`. */
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Content of a safetensors file. */
export interface Safetensors {
  /** Tensors by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The header's `__metadata__`: free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors#format): a little-endian u64 header length,
 * a JSON header, then the tensors' bytes, which must fill the rest of the file without gaps or overlaps.
 *
 * Each tensor gets a buffer of its own, so offsets in the file need no alignment.
 *
 * @param source the file's bytes, or its path
 * @param name what to call the file in errors; the path by default
 * @throws BioxError FILE_INVALID when the content breaks the format or the path is no regular file, FILE_UNREADABLE when
 * the file cannot be read
 */
export function readSafetensors(source: Uint8Array | string | URL, name?: string): Safetensors {
  if (source instanceof Uint8Array) return parse(source, name ?? "safetensors data");
  const path = filePath("source", source);
  let bytes: Uint8Array;
  try {
    requireRegular(path, statSync(path));
    bytes = readFileSync(path);
  } catch (error) {
    throw error instanceof BioxError ? error : unreadable(path, error);
  }
  return parse(bytes, name ?? path);
}

function parse(bytes: Uint8Array, file: string): Safetensors {
  const { entries, metadata } = parseHeader(bytes, bytes.length, file);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end, decode } of entries)
    tensors.set(name, { dtype, shape, data: decode(bytes.subarray(begin, end)) });
  return { tensors, metadata };
}
