import { createInterface } from "node:readline";
import type { SourceRecorder } from "../index.js";

/** Marks the moment of each line of stdin: what somebody types, or a program writes. An empty line is called "marker". */
export function markLines(recorder: SourceRecorder): void {
  const lines = createInterface({ input: process.stdin, terminal: false });
  lines.on("line", (line) => recorder.mark(line.trim() || "marker", "keyboard"));
  // Where stdin is closed or cannot be read there are no markers; the recording goes on.
  process.stdin.on("error", () => lines.close());
}
