import { BioxError } from "../errors.js";
import { brief } from "./brief.js";
import { DTYPE_NAMES, type Dtype, dtypeInfo, type TensorData } from "./dtype.js";

/** Where one tensor lies: bytes `begin` to `end` of the file, row-major. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
  /** Copies bytes of whole elements into a typed array. */
  readonly decode: (bytes: Uint8Array) => TensorData;
}

/** What a safetensors file says about itself, checked against its length. */
export interface Header {
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes before the JSON: its length as a little-endian u64. */
export const LENGTH_BYTES = 8;

/** The format's own limit on the header, which keeps a damaged length from asking for gigabytes. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Where the header ends.
 *
 * @param bytes the file's beginning, at least {@link LENGTH_BYTES} where the file has them
 * @param fileLength bytes of the whole file
 * @throws BioxError FILE_INVALID
 */
export function headerEnd(bytes: Uint8Array, fileLength: number, file: string): number {
  if (fileLength < LENGTH_BYTES) throw invalid(file, `is ${fileLength} bytes long, too short for a safetensors header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, fileLength - LENGTH_BYTES)))
    throw invalid(file, `announces a header of ${length} bytes, but only ${fileLength - LENGTH_BYTES} bytes follow`);
  return LENGTH_BYTES + Number(length);
}

/**
 * Reads a header.
 *
 * @param bytes the file's beginning, at least to {@link headerEnd}
 * @throws BioxError FILE_INVALID
 */
export function parseHeader(bytes: Uint8Array, fileLength: number, file: string): Header {
  const end = headerEnd(bytes, fileLength, file);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(LENGTH_BYTES, end)));
  } catch (error) {
    throw invalid(file, "has a header that is not JSON", error);
  }
  if (!isObject(parsed)) throw invalid(file, `has a header that is ${brief(parsed)} instead of a JSON object`);
  const metadata: Record<string, string> = {};
  const entries: TensorEntry[] = [];
  for (const [name, entry] of Object.entries(parsed)) {
    if (name === "__metadata__") readMetadata(entry, metadata, file);
    else entries.push(parseEntry(name, entry, end, fileLength, file));
  }
  // Before any values are copied: overlapping entries could otherwise ask for far more memory than the file is long.
  checkCoverage(entries, end, fileLength, file);
  return { entries, metadata };
}

function readMetadata(entry: unknown, into: Record<string, string>, file: string): void {
  if (!isObject(entry)) throw invalid(file, `has __metadata__ that is ${brief(entry)} instead of a JSON object`);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== "string") throw invalid(file, `has a metadata value for ${brief(key)} that is not a string`);
    // defineProperty, since assigning to a key named __proto__ would be lost.
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  }
}

function parseEntry(name: string, entry: unknown, start: number, fileLength: number, file: string): TensorEntry {
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
  if (begin > end || end > fileLength - start)
    throw invalid(
      file,
      `places ${where} at bytes ${begin} to ${end} of ${fileLength - start}: it is damaged or cut short`,
    );
  const expected = shape.reduce((product, extent) => product * extent, info.size);
  if (expected !== end - begin)
    throw invalid(file, `gives ${where} ${end - begin} bytes, but ${dtype} [${shape.join(", ")}] needs ${expected}`);
  return { name, dtype: dtype as Dtype, shape, begin: start + begin, end: start + end, decode: info.decode };
}

/** The format allows neither gaps nor overlaps: sorted by offset, each tensor must begin where the last one ended. */
function checkCoverage(entries: readonly TensorEntry[], start: number, fileLength: number, file: string): void {
  let position = start;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position)
      throw invalid(
        file,
        `begins tensor ${brief(name)} at byte ${begin - start}, but the one before it ends at ${position - start}`,
      );
    position = end;
  }
  if (position !== fileLength) throw invalid(file, `has ${fileLength - position} bytes that belong to no tensor`);
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
