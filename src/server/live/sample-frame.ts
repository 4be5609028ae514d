/**
 * Binary frames of the live page: samples of one stream of one wearer, in order. Little-endian, without padding:
 *
 * | byte | type      | what                                                        |
 * | ---- | --------- | ----------------------------------------------------------- |
 * | 0    | uint8     | version, 1                                                  |
 * | 1    | uint8     | kind, 1: samples                                            |
 * | 2    | uint16    | handle of the wearer                                        |
 * | 4    | uint8     | id of the stream                                            |
 * | 5    | uint8     | channels, 1 to 255                                          |
 * | 6    | uint16    | count of samples, 1 to 65535                                |
 * | 8    | float64   | host time of the first sample, epoch ms                     |
 * | 16   | float64   | ms between two                                              |
 * | 24   | float64   | number of the first sample since the start of the stream    |
 * | 32   | float32[] | count * channels values in the stream's units, channels side by side; NaN is lost |
 */

export const SAMPLE_FRAME_VERSION = 1;
export const SAMPLE_FRAME_HEADER = 32;
export const MOST_SAMPLES = 0xffff;
const KIND_SAMPLES = 1;

export interface SampleFrame {
  readonly handle: number;
  readonly stream: number;
  readonly channels: number;
  readonly count: number;
  readonly time: number;
  readonly period: number;
  readonly index: number;
  /** `count * channels`, channels side by side; of `decodeSamples` a view of the frame. */
  readonly values: Float32Array;
}

/** Frame as bytes of their own. Trusts its caller for ranges. */
export function encodeSamples(frame: SampleFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SAMPLE_FRAME_HEADER + frame.count * frame.channels * 4);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, SAMPLE_FRAME_VERSION);
  view.setUint8(1, KIND_SAMPLES);
  view.setUint16(2, frame.handle, true);
  view.setUint8(4, frame.stream);
  view.setUint8(5, frame.channels);
  view.setUint16(6, frame.count, true);
  view.setFloat64(8, frame.time, true);
  view.setFloat64(16, frame.period, true);
  view.setFloat64(24, frame.index, true);
  // Typed arrays are of the machine's byte order; every machine that runs Node 20 or a browser of today is little-endian.
  new Float32Array(bytes.buffer, SAMPLE_FRAME_HEADER).set(frame.values.subarray(0, frame.count * frame.channels));
  return bytes;
}

/** Reads a frame; undefined where it is of another version or kind, or its length is not what it says. */
export function decodeSamples(buffer: ArrayBuffer): SampleFrame | undefined {
  if (buffer.byteLength < SAMPLE_FRAME_HEADER) return undefined;
  const view = new DataView(buffer);
  if (view.getUint8(0) !== SAMPLE_FRAME_VERSION || view.getUint8(1) !== KIND_SAMPLES) return undefined;
  const channels = view.getUint8(5);
  const count = view.getUint16(6, true);
  if (channels === 0 || count === 0 || buffer.byteLength !== SAMPLE_FRAME_HEADER + count * channels * 4)
    return undefined;
  return {
    handle: view.getUint16(2, true),
    stream: view.getUint8(4),
    channels,
    count,
    time: view.getFloat64(8, true),
    period: view.getFloat64(16, true),
    index: view.getFloat64(24, true),
    values: new Float32Array(buffer, SAMPLE_FRAME_HEADER),
  };
}
