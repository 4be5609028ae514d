import { findDevice } from "../devices/registry.js";
import type { DeviceDescriptor, DeviceOptions } from "../devices/types.js";
import { BioxError } from "../errors.js";
import { openRegular } from "../regular-file.js";
import { isRecording, readRecording } from "./recording.js";

/** Bytes of a link that was heard before, and the device that sent them. */
export interface RecordedBytes {
  device: DeviceDescriptor;
  options: DeviceOptions;
  chunks: AsyncIterable<Uint8Array>;
}

const READ_BYTES = 1 << 16;

/**
 * Raw bytes of a device from a file: a recording of ours, which knows its device, or the bytes alone.
 *
 * @param path undefined is standard input, whose bytes are taken as they are
 * @param device id; may be left out for a recording
 * @param options those of a recording hold where none are given
 * @throws BioxError DEVICE_UNKNOWN, FILE_UNREADABLE, FILE_INVALID, INVALID_ARGUMENT where the device is not named
 */
export async function recordedBytes(
  path: string | undefined,
  device: string | undefined,
  options: DeviceOptions = {},
): Promise<RecordedBytes> {
  const named = device === undefined ? undefined : findDevice(device);
  if (path !== undefined && (await isRecording(path))) {
    const { header, chunks } = await readRecording(path);
    const given = named !== undefined || Object.keys(options).length > 0;
    return {
      device: named ?? findDevice(header.device),
      options: given ? options : header.options,
      chunks: bytesOf(chunks()),
    };
  }
  if (named === undefined)
    throw new BioxError(
      "INVALID_ARGUMENT",
      "Raw bytes do not say which device sent them.",
      "Name it: --device ID; 'biox devices' lists the ids.",
    );
  return { device: named, options, chunks: path === undefined ? process.stdin : readBytes(path) };
}

async function* bytesOf(chunks: AsyncIterable<{ bytes: Uint8Array }>): AsyncGenerator<Uint8Array, void> {
  for await (const { bytes } of chunks) yield bytes;
}

async function* readBytes(path: string): AsyncGenerator<Uint8Array, void> {
  const file = await openRegular(path);
  try {
    yield* file.createReadStream({ highWaterMark: READ_BYTES, autoClose: false });
  } finally {
    await file.close();
  }
}
