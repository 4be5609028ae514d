import { unpackMap } from "../devices/biox/messagepack.js";
import { printableLine } from "../devices/printable.js";
import { LONGEST_MARKER_NAME, MARKER_BY, type Marker, type MarkerBy, RecordKind } from "./recording-format.js";
import type { TimingReport } from "./timing.js";

/** One piece of bytes as it came; arrival in epoch ms. */
export interface RecordedChunk {
  readonly arrival: number;
  readonly bytes: Uint8Array;
}

/** What stands in a recording. `arrival`, epoch ms, is that of the bytes, or of those last before a marker or report. */
export type RecordedItem =
  | ({ readonly type: "bytes" } & RecordedChunk)
  | { readonly type: "marker"; readonly arrival: number; readonly marker: Marker }
  | { readonly type: "clock"; readonly arrival: number; readonly report: Partial<TimingReport> & { stream: string } };

/** A record as what it says; undefined for one that a later version wrote, and one whose body is damaged. */
export function readItem(kind: number, arrival: number, body: Buffer): RecordedItem | undefined {
  if (kind === RecordKind.bytes) return { type: "bytes", arrival, bytes: body };
  if (kind !== RecordKind.marker && kind !== RecordKind.clock) return undefined;
  const map = unpackMap(body);
  if (!map) return undefined;
  if (kind === RecordKind.clock) {
    if (typeof map.stream !== "string") return undefined;
    return { type: "clock", arrival, report: { ...map, stream: map.stream } };
  }
  const { at, by } = map;
  const name = typeof map.name === "string" ? printableLine(map.name).slice(0, LONGEST_MARKER_NAME) : "";
  if (typeof at !== "number" || !(at > 0) || name === "") return undefined;
  if (!MARKER_BY.includes(by as MarkerBy)) return undefined;
  return { type: "marker", arrival, marker: { at, name, by: by as MarkerBy } };
}

/**
 * Whether the record at `at` is 12 zeros. A file system that had made a file longer, but not yet written what belongs there when the power
 * failed, leaves zeros; no record is empty and came in 1970.
 */
export function isTailOfZeros(held: Buffer, at: number): boolean {
  return held.readDoubleLE(at) === 0 && held.readUInt32LE(at + 8) === 0;
}
