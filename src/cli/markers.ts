import { createInterface } from "node:readline";

/** Tells of each line of stdin, and when it came, epoch ms: what somebody types, or a program writes. An empty line is called "marker". */
export function markLines(mark: (name: string, at: number) => void): void {
  const lines = createInterface({ input: process.stdin, terminal: false });
  lines.on("line", (line) => mark(line.trim() || "marker", Date.now()));
  // Where stdin is closed or cannot be read there are no markers; the work goes on.
  process.stdin.on("error", () => lines.close());
}
