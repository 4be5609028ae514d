import { readFileSync, statSync } from "node:fs";
import { BioxError } from "../errors.js";
import { filePath, unreadable } from "../paths.js";
import { requireRegular } from "../regular-file.js";
import { brief } from "./brief.js";
import { DTYPE_NAMES, type Dtype, dtypeInfo, type TensorData } from "./dtype.js";

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

/** The format's own limit on the header, which keeps a damaged length from asking for gigabytes. */
const MAX_HEADER_BYTES = 100_000_000;

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
  const header = parseHeader(bytes, file);
  const body = bytes.subarray(header.end);
  const metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const [name, entry] of Object.entries(header.entries)) {
    if (name === "__metadata__") readMetadata(entry, metadata, file);
    else entries.push(parseEntry(name, entry, body.length, file));
  }
  // Before any values are copied: overlapping entries could otherwise ask for far more memory than the file is long.
  checkCoverage(entries, body.length, file);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end, decode } of entries)
    tensors.set(name, { dtype, shape, data: decode(body.subarray(begin, end)) });
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array, file: string): { entries: object; end: number } {
  if (bytes.length < 8) throw invalid(file, `is ${bytes.length} bytes long, too short for a safetensors header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, bytes.length - 8)))
    throw invalid(file, `announces a header of ${length} bytes, but only ${bytes.length - 8} bytes follow`);
  const end = 8 + Number(length);
  let entries: unknown;
  try {
    entries = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, end)));
  } catch (error) {
    throw invalid(file, "has a header that is not JSON", error);
  }
  if (!isObject(entries)) throw invalid(file, `has a header that is ${brief(entries)} instead of a JSON object`);
  return { entries, end };
}

function readMetadata(entry: unknown, into: Record<string, string>, file: string): void {
  if (!isObject(entry)) throw invalid(file, `has __metadata__ that is ${brief(entry)} instead of a JSON object`);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== "string") throw invalid(file, `has a metadata value for ${brief(key)} that is not a string`);
    // defineProperty, since assigning to a key named __proto__ would be lost.
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  }
}

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
  readonly decode: (bytes: Uint8Array) => TensorData;
}

function parseEntry(name: string, entry: unknown, bodyLength: number, file: string): Entry {
  const where = `tensor ${brief(name)}`;
  if (!isObject(entry)) throw invalid(file, `describes ${where} by ${brief(entry)} instead of a JSON object`);
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  const info = dtypeInfo(dtype);
  if (info === undefined)
    throw invalid(file, `gives ${where} the dtype ${brief(dtype)}, which is none of ${DTYPE_NAMES.join(", ")}`);
  if (!isWholeNumbers(shape)) throw invalid(file, `gives ${where} a shape that is not a list of whole numbers >= 0`);
  if (!isWholeNumbers(offsets) || offsets.length !== 2)
    throw invalid(file, `gives ${where} data_offsets that are not two whole numbers >= 0`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > bodyLength)
    throw invalid(file, `places ${where} at bytes ${begin} to ${end} of ${bodyLength}: it is damaged or cut short`);
  const expected = shape.reduce((product, extent) => product * extent, info.size);
  if (expected !== end - begin)
    throw invalid(file, `gives ${where} ${end - begin} bytes, but ${dtype} [${shape.join(", ")}] needs ${expected}`);
  return { name, dtype: dtype as Dtype, shape, begin, end, decode: info.decode };
}

/** The format allows neither gaps nor overlaps: sorted by offset, each tensor must begin where the last one ended. */
function checkCoverage(entries: readonly Entry[], length: number, file: string): void {
  let position = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position)
      throw invalid(file, `begins tensor ${brief(name)} at byte ${begin}, but the one before it ends at ${position}`);
    position = end;
  }
  if (position !== length) throw invalid(file, `has ${length - position} bytes that belong to no tensor`);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function invalid(file: string, what: string, cause?: unknown): BioxError {
  return new BioxError("FILE_INVALID", `File '${file}' ${what}.`, "Copy or export the file again.", { cause });
}
