import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** Bytes; a record of ours has some hundred. */
const LONGEST_RECORD = 1 << 16;

/**
 * Appends whole records to a file, which is made with a header where it is not there, and brings it to the disk. All or nothing: what a
 * full disk took of a record is cut off again.
 */
export async function appendRecords(path: string, header: string, records: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  const file = await open(path, "a+", 0o640);
  try {
    const size = await endOfLines(file);
    const bytes = Buffer.from(size === 0 ? header + records : records);
    try {
      for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
      await file.datasync();
    } catch (error) {
      await file.truncate(size).catch(() => {});
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** Size of the file without a record that a power failure has cut off: it is removed. */
async function endOfLines(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const from = Math.max(0, size - LONGEST_RECORD);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
  const end = from + buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
  if (end < size) await file.truncate(end);
  return end;
}
