import type { DeviceOptions } from "../devices/types.js";

/**
 * Our recording of a link: raw bytes with their arrival times, so that a replay repeats the same decode.
 *
 *     "BIOXREC1" | u32 length | MessagePack map {device, options, baud, port, started} | records
 *     record: f64 arrival (epoch ms) | u24 length | u8 kind | body       (all little-endian)
 *     kind 0: bytes of the wire; 1: marker, MessagePack map; 2: clock report, MessagePack map; others are for later
 *
 * Records are appended as they come; a recording that was cut off opens and ends at its last whole record. Readers pass over kinds that
 * they do not know. In recordings of 0.1 the length had 32 bits, the upper ones of which were always 0: they read the same.
 */

export const MAGIC = Buffer.from("BIOXREC1");
/** First bytes of one that is encrypted. */
export const ENCRYPTED_MAGIC = Buffer.from("BIOXENC1");
/** Bytes of a record before its body. */
export const RECORD_HEADER = 12;
/** No read of a serial port returns more than this, and nothing that we add is as long: a longer record is damage. */
export const LONGEST_RECORD = 1 << 20;

export const RecordKind = { bytes: 0, marker: 1, clock: 2 } as const;

export interface RecordingHeader {
  device: string;
  /** Options of the device that were given: a replay decodes with the same. */
  options: DeviceOptions;
  baud: number;
  port: string;
  /** Epoch ms. */
  started: number;
}

/** Who set a marker: a person at the keyboard, the wearable itself, or a program through the network. */
export type MarkerBy = "keyboard" | "device" | "http";
export const MARKER_BY: readonly MarkerBy[] = ["keyboard", "device", "http"];

/** A moment with a name. */
export interface Marker {
  /** Epoch ms. */
  readonly at: number;
  /** 1 to 200 characters. */
  readonly name: string;
  readonly by: MarkerBy;
}
export const LONGEST_MARKER_NAME = 200;

/** One record: its 12 bytes and the body behind them. */
export function encodeRecord(kind: number, arrival: number, body: Uint8Array): Buffer {
  const record = Buffer.alloc(RECORD_HEADER + body.length);
  record.writeDoubleLE(arrival);
  record.writeUInt32LE((body.length | (kind << 24)) >>> 0, 8);
  record.set(body, RECORD_HEADER);
  return record;
}
