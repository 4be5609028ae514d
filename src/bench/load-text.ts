import type { MemoryTrend } from "./memory-trend.js";
import type { LoadReport } from "./run-load.js";

/** The report of a load run as lines to be read. */
export function loadText(report: LoadReport): string {
  const { wearers, channels, rate, seconds, bytes, sent, received, lost, badFrames } = report;
  const { predictions, skippedHops, slowMs, eventLoopDelayMs: delay, mainBusy, cpu } = report;
  const rows: [string, string][] = [
    ["wearers", `${wearers} of ${channels} channels at ${rate} Hz for ${seconds.toFixed(1)} s`],
    ["wire", `${Math.round(bytes / seconds)} bytes/s in all, ${badFrames} bad frames`],
    ["samples", `${sent} sent, ${received} received, ${lost} lost`],
    ["engine", `${predictions} predictions of about ${slowMs} ms, ${skippedHops} hops skipped`],
    [
      "event loop",
      `delay of main p50 ${delay.p50.toFixed(2)}, p95 ${delay.p95.toFixed(2)}, p99 ${delay.p99.toFixed(2)} ms`,
    ],
    ["processor", `main busy ${percent(mainBusy)}, whole process ${percent(cpu)} of one core`],
    ["heap", trend(report.heap)],
    ["rss", trend(report.rss)],
  ];
  return rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join("");
}

function trend({ from, to, slope, error, flat }: MemoryTrend): string {
  const line = `${slope.toFixed(3)} +- ${error.toFixed(3)} MB/min`;
  return `${from.toFixed(1)} to ${to.toFixed(1)} MB behind the warm-up, ${line}: ${flat ? "flat" : "grows"}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
