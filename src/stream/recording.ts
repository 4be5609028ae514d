/** Recordings of a link: written piece by piece, read back piece by piece; recording-format.ts has the layout. */

export type { Marker, MarkerBy, RecordingHeader } from "./recording-format.js";
export { isRecording, type Recording, readRecording } from "./recording-reader.js";
export type { RecordedChunk, RecordedItem } from "./recording-record.js";
export { RecordingWriter } from "./recording-writer.js";
