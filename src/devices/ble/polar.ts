/** Samples of one notification of Polar's measurement data (PMD, characteristic FB005C82-...). */
export interface PolarSamples {
  kind: "ppg" | "ecg";
  /** Microseconds of the sensor's clock when the last sample was measured. */
  timeUs: number;
  count: number;
  channels: number;
  /** `count * channels` values, the channels of a sample side by side. The array is used again for the next notification. */
  values: Float64Array;
}

const Measurement = { ecg: 0, ppg: 1 } as const;
const FRAME_TYPE_AT = 9;
const HEADER_BYTES = 10;
const COMPRESSED = 0x80;
const SAMPLE_BYTES = 3;
/** Three lights and the ambience. */
const PPG_CHANNELS = 4;
const BITS_MOST = 32;
/** As many as 512 bytes, the longest value of an attribute, can hold at one bit a difference, and the first sample. */
const MOST_SAMPLES = 1024;
const values = new Float64Array(MOST_SAMPLES * PPG_CHANNELS);

/** Kind of measurement and frame type, where the notification is of another than the two that can be read. */
export interface Unsupported {
  measurement: number;
  frameType: number;
  compressed: boolean;
}

/**
 * Reads a notification: PPG of frame type 0, raw or compressed, and ECG of frame type 0. Undefined where it is malformed.
 * The layout is that of Polar's SDK (polar-ble-sdk, PmdDataFrame, PpgData, BlePMDClient).
 */
export function parsePolar(value: Uint8Array): PolarSamples | Unsupported | undefined {
  if (value.length <= HEADER_BYTES) return undefined;
  const measurement = value[0]!;
  const compressed = (value[FRAME_TYPE_AT]! & COMPRESSED) !== 0;
  const frameType = value[FRAME_TYPE_AT]! & 0x7f;
  const isPpg = measurement === Measurement.ppg;
  if (frameType !== 0 || !(isPpg || (measurement === Measurement.ecg && !compressed)))
    return { measurement, frameType, compressed };
  const channels = isPpg ? PPG_CHANNELS : 1;
  const count = compressed ? readCompressed(value, channels) : readRaw(value, channels);
  if (count === undefined) return undefined;
  return { kind: isPpg ? "ppg" : "ecg", timeUs: readMicroseconds(value), count, channels, values };
}

function u32(value: Uint8Array, at: number): number {
  return (value[at]! | (value[at + 1]! << 8) | (value[at + 2]! << 16) | (value[at + 3]! << 24)) >>> 0;
}

/** 64 bits of nanoseconds, as microseconds: exact to a quarter of one until the year 2100. */
function readMicroseconds(value: Uint8Array): number {
  return u32(value, 5) * (2 ** 32 / 1000) + u32(value, 1) / 1000;
}

function i24(value: Uint8Array, at: number): number {
  return ((value[at]! | (value[at + 1]! << 8) | (value[at + 2]! << 16)) << 8) >> 8;
}

function readRaw(value: Uint8Array, channels: number): number | undefined {
  const bytes = value.length - HEADER_BYTES;
  const count = bytes / (SAMPLE_BYTES * channels);
  if (!Number.isInteger(count) || count > MOST_SAMPLES) return undefined;
  for (let i = 0; i < count * channels; i++) values[i] = i24(value, HEADER_BYTES + SAMPLE_BYTES * i);
  return count;
}

/**
 * A whole sample, then blocks of differences: `bits | samples | differences`, each difference of so many bits, the lowest bit
 * of the lowest byte first, filled up to a whole byte at the end of a block.
 */
function readCompressed(value: Uint8Array, channels: number): number | undefined {
  let at = HEADER_BYTES + SAMPLE_BYTES * channels;
  if (value.length < at) return undefined;
  for (let c = 0; c < channels; c++) values[c] = i24(value, HEADER_BYTES + SAMPLE_BYTES * c);
  let count = 1;
  while (at < value.length) {
    const bits = value[at]!;
    const samples = value[at + 1] ?? 0;
    at += 2;
    const end = at + Math.ceil((samples * channels * bits) / 8);
    if (bits === 0 || bits > BITS_MOST || samples === 0 || end > value.length || count + samples > MOST_SAMPLES)
      return undefined;
    for (let i = 0; i < samples * channels; i++) {
      const to = count * channels + i;
      values[to] = values[to - channels]! + readBits(value, 8 * at + i * bits, bits);
    }
    count += samples;
    at = end;
  }
  return count;
}

/** A signed number of 1 to 32 bits. */
function readBits(value: Uint8Array, from: number, bits: number): number {
  const at = from >> 3;
  const end = (from & 7) + bits;
  // Beyond a word: the lower 16 bits are no signed number of their own.
  if (end > 32) return (readBits(value, from, 16) & 0xffff) + 2 ** 16 * readBits(value, from + 16, bits - 16);
  let word = 0;
  for (let i = 0; 8 * i < end; i++) word |= value[at + i]! << (8 * i);
  return (word << (32 - end)) >> (32 - bits);
}
