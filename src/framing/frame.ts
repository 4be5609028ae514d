import { invalidArgument } from "../errors.js";
import { cobsEncodeInto, cobsMaxLength } from "./cobs.js";
import { crc32 } from "./crc32.js";

/**
 * The biox frame: `COBS(header | payload | CRC-32) 00`, little-endian.
 *
 *     u8 version << 4 | kind   u8 stream   u8 count   u8 flags   u32 index   u32 time, us   payload   u32 CRC-32
 */
export const FRAME_VERSION = 1;
export const HEADER_BYTES = 12;
export const CRC_BYTES = 4;
/** Largest frame before stuffing, header and CRC included. */
export const FRAME_MAX_BYTES = 1024;

export const FrameKind = { hello: 0, samples: 1, event: 2, status: 3, command: 4, reply: 5 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

export const FrameFlag = {
  /** The device clock or the running number began anew. */
  restarted: 1,
  /** A sample lies outside the format or the converter. */
  clipped: 2,
  /** The device itself lost samples before this frame. */
  dropped: 4,
} as const;

export interface FrameFields {
  kind: FrameKind;
  /** 0 to 255. */
  stream?: number;
  /** Samples in the frame, 0 to 255; 0 for all kinds but samples. */
  count?: number;
  flags?: number;
  /** Running number of the first sample of the stream, or of the message; unsigned 32 bits. */
  index?: number;
  /** Device clock at the first sample, microseconds modulo 2^32. */
  timeUs?: number;
  payload?: Uint8Array;
}

/** Unsigned 32 bits, little-endian. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function checkUnsigned(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw invalidArgument(name, `an integer from 0 to ${max}`, value);
}

/** One frame as it goes over the wire, delimiter included. Throws INVALID_ARGUMENT where a field does not fit. */
export function encodeFrame(fields: FrameFields): Uint8Array {
  const { kind, stream = 0, count = 0, flags = 0, index = 0, timeUs = 0, payload = new Uint8Array(0) } = fields;
  checkUnsigned("kind", kind, FrameKind.reply);
  checkUnsigned("stream", stream, 255);
  checkUnsigned("count", count, 255);
  checkUnsigned("flags", flags, 255);
  checkUnsigned("index", index, 0xffffffff);
  checkUnsigned("timeUs", timeUs, 0xffffffff);
  const length = HEADER_BYTES + payload.length + CRC_BYTES;
  if (length > FRAME_MAX_BYTES)
    throw invalidArgument(
      "payload",
      `at most ${FRAME_MAX_BYTES - HEADER_BYTES - CRC_BYTES} bytes`,
      `${payload.length} bytes`,
    );
  const body = new Uint8Array(length);
  const view = new DataView(body.buffer);
  body.set([(FRAME_VERSION << 4) | kind, stream, count, flags]);
  view.setUint32(4, index, true);
  view.setUint32(8, timeUs, true);
  body.set(payload, HEADER_BYTES);
  view.setUint32(length - CRC_BYTES, crc32(body, 0, length - CRC_BYTES), true);
  const out = new Uint8Array(cobsMaxLength(length) + 1);
  return out.slice(0, cobsEncodeInto(body, out) + 1);
}
