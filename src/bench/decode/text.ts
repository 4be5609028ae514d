import type { DecodeReport } from "./decode.js";

/** A table for people, one line a device, with a newline at its end. */
export function decodeText(reports: readonly DecodeReport[]): string {
  const rows = reports.map(({ device, bytes, samples, mbPerS, samplesPerS, serialport }) => [
    device,
    (bytes / samples).toFixed(1),
    mbPerS.toFixed(1),
    (samplesPerS / 1e6).toFixed(2),
    serialport === undefined ? "" : `${serialport.mbPerS.toFixed(1)} (${serialport.parser})`,
  ]);
  const head = ["device", "bytes/sample", "MB/s", "million samples/s", "serialport, MB/s"];
  const widths = [12, 14, 10, 20, 26];
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("");
  return `${[head, ...rows].map((cells) => line(cells).trimEnd()).join("\n")}\n`;
}
