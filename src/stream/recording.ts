/** Recordings of a link: written piece by piece, read back piece by piece; recording-format.ts has the layout. */

export type { RecordingHeader } from "./recording-format.js";
export { isRecording, type RecordedChunk, type Recording, readRecording } from "./recording-reader.js";
export { RecordingWriter } from "./recording-writer.js";
