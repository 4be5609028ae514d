import type { DeviceOptions } from "../devices/types.js";

/**
 * Our recording of a link: raw bytes with their arrival times, so that a replay repeats the same decode.
 *
 *     "BIOXREC1" | u32 length | MessagePack map {device, options, baud, port, started} | records
 *     record: f64 arrival (epoch ms) | u32 length | bytes            (all little-endian)
 *
 * Records are appended as they come; a recording that was cut off opens and ends at its last whole record.
 */

export const MAGIC = Buffer.from("BIOXREC1");
/** Bytes of a record before those of the wire. */
export const RECORD_HEADER = 12;

export interface RecordingHeader {
  device: string;
  /** Options of the device that were given: a replay decodes with the same. */
  options: DeviceOptions;
  baud: number;
  port: string;
  /** Epoch ms. */
  started: number;
}
