import type { FileHandle } from "node:fs/promises";

/**
 * Appends bytes to a file opened for that, and brings them to the disk: all or nothing. What a full disk took of them is cut off again.
 *
 * @param size of the file now
 */
export async function appendWhole(file: FileHandle, size: number, bytes: Uint8Array): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
    await file.datasync();
  } catch (error) {
    await file.truncate(size).catch(() => {});
    throw error;
  }
}
