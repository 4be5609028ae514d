import { unpack } from "msgpackr";
import { isPlainMessage } from "../devices/biox/messagepack.js";
import { BioxError } from "../errors.js";
import { openRegular } from "../regular-file.js";
import { readAt, withFile } from "./read-at.js";
import { ENCRYPTED_MAGIC, LONGEST_RECORD, MAGIC, RECORD_HEADER, type RecordingHeader } from "./recording-format.js";
import { isTailOfZeros, type RecordedChunk, type RecordedItem, readItem } from "./recording-record.js";

const PREFIX = MAGIC.length + 4;
/** A description is some hundred bytes; a longer one is damage. */
const LONGEST_HEADER = 1 << 16;
/** Arrivals come from a clock that never runs backwards. A silence of more than a day is damage too: a replay would sit it out. */
const LONGEST_SILENCE_MS = 86_400_000;
/** Bytes of one read: what a recording of any length needs in memory. */
const BLOCK_BYTES = 1 << 16;

export interface Recording {
  readonly header: RecordingHeader;
  /**
   * The pieces in order, up to the last whole one. They are read from the file as they are asked for, a block at a time; leaving the
   * loop closes the file. Throws BioxError FILE_UNREADABLE when the disk fails.
   */
  chunks(): AsyncGenerator<RecordedChunk, void, undefined>;
  /** As `chunks`, with the markers and clock reports between them. */
  items(): AsyncGenerator<RecordedItem, void, undefined>;
}

/**
 * True when the file begins as a recording does, or is cut off within its first letters, or is called one: where that has no header,
 * whoever reads it is told so.
 *
 * @throws BioxError FILE_UNREADABLE, or FILE_INVALID when it is encrypted, or a pipe, a folder or a device, of which nothing is read then
 */
export async function isRecording(path: string): Promise<boolean> {
  const start = await withFile(path, (file) => readAt(path, file, 0, MAGIC.length));
  if (start.equals(ENCRYPTED_MAGIC)) throw encrypted(path);
  return path.endsWith(".bioxrec") || (start.length > 0 && start.equals(MAGIC.subarray(0, start.length)));
}

/**
 * Opens a recording.
 *
 * @throws BioxError FILE_UNREADABLE, or FILE_INVALID when it is no file or its header is not one
 */
export async function readRecording(path: string): Promise<Recording> {
  return withFile(path, async (file) => {
    const prefix = await readAt(path, file, 0, PREFIX);
    if (prefix.subarray(0, ENCRYPTED_MAGIC.length).equals(ENCRYPTED_MAGIC)) throw encrypted(path);
    const length = prefix.length === PREFIX && prefix.indexOf(MAGIC) === 0 ? prefix.readUInt32LE(MAGIC.length) : 0;
    const description = await readAt(path, file, PREFIX, Math.min(length, LONGEST_HEADER));
    if (length === 0 || description.length !== length || !isPlainMessage(description)) throw badHeader(path);
    const header = unpack(description) as Partial<RecordingHeader> | null;
    if (typeof header?.device !== "string" || !Number.isFinite(header.started)) throw badHeader(path);
    const options = header.options ?? {}; // recordings of 0.1 have none
    if (!isTexts(options)) throw badHeader(path);
    const items = () => readItems(path, PREFIX + length);
    return { header: { ...header, options } as RecordingHeader, chunks: () => chunksOf(items()), items };
  });
}

function isTexts(options: unknown): boolean {
  return (
    typeof options === "object" &&
    options !== null &&
    !Array.isArray(options) &&
    Object.values(options).every((value) => typeof value === "string")
  );
}

async function* chunksOf(items: AsyncGenerator<RecordedItem, void>): AsyncGenerator<RecordedChunk, void, undefined> {
  for await (const item of items) if (item.type === "bytes") yield item;
}

async function* readItems(path: string, start: number): AsyncGenerator<RecordedItem, void, undefined> {
  const file = await openRegular(path);
  try {
    let held: Buffer = Buffer.alloc(0);
    let last: number | undefined;
    for (let position = start; ; ) {
      const block = await readAt(path, file, position, BLOCK_BYTES);
      if (block.length === 0) return;
      position += block.length;
      held = Buffer.concat([held, block]);
      let at = 0;
      while (at + RECORD_HEADER <= held.length) {
        const arrival = held.readDoubleLE(at);
        const size = held.readUIntLE(at + 8, 3);
        const kind = held[at + 11]!;
        const steady = last === undefined || (arrival >= last && arrival - last <= LONGEST_SILENCE_MS);
        if (size > LONGEST_RECORD || !Number.isFinite(arrival) || !steady || isTailOfZeros(held, at)) return;
        const end = at + RECORD_HEADER + size;
        if (end > held.length) break;
        const item = readItem(kind, arrival, held.subarray(at + RECORD_HEADER, end));
        if (item) yield item;
        last = arrival;
        at = end;
      }
      held = held.subarray(at);
    }
  } finally {
    await file.close();
  }
}

function encrypted(path: string): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `Recording '${path}' is encrypted.`,
    "Decrypt it first, with 'biox recording decrypt' and the private key.",
  );
}

function badHeader(path: string): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `${path} is not a whole biox recording: its header cannot be read.`,
    "Record it again with 'biox record'.",
  );
}
