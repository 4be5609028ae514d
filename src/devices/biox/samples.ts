import type { ChannelDescriptor } from "../types.js";
import type { SampleFormat } from "./hello.js";

const BYTES: Record<SampleFormat, number> = { i16: 2, i24: 3, i32: 4, f32: 4 };

/** Bytes of one value. */
export function formatBytes(format: SampleFormat): number {
  return BYTES[format];
}

/** One view per thread for reading float32 without allocating. */
const floatBits = new Uint32Array(1);
const floatValue = new Float32Array(floatBits.buffer);

function readRaw(bytes: Uint8Array, at: number, format: SampleFormat): number {
  const low = bytes[at]! | (bytes[at + 1]! << 8);
  if (format === "i16") return (low << 16) >> 16;
  if (format === "i24") return ((low | (bytes[at + 2]! << 16)) << 8) >> 8;
  const word = low | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  if (format === "i32") return word;
  floatBits[0] = word;
  return floatValue[0]!;
}

/**
 * Physical values of the raw ones in `bytes` from `at`: `count` samples with one value for each of `channels`.
 * Writes them to the begin of `out`, interleaved as they come.
 */
export function readSamples(
  bytes: Uint8Array,
  at: number,
  count: number,
  format: SampleFormat,
  channels: readonly ChannelDescriptor[],
  out: Float64Array,
): void {
  const width = BYTES[format];
  let written = 0;
  for (let sample = 0; sample < count; sample++) {
    for (let c = 0; c < channels.length; c++) {
      const channel = channels[c]!;
      out[written] = readRaw(bytes, at + written * width, format) * channel.scale + channel.offset;
      written++;
    }
  }
}
