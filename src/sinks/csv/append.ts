import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Appends whole records to a file, which is made with a header where it is not there, and brings it to the disk. All or nothing: what a
 * full disk took of a record is cut off again.
 */
export async function appendRecords(path: string, header: string, records: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  const file = await open(path, "a+", 0o640);
  try {
    const { size } = await file.stat();
    const before = size === 0 ? header : (await endsInLine(file, size)) ? "" : "\r\n";
    const bytes = Buffer.from(before + records);
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

/** Not so where a power failure has cut off the last record. */
async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}
