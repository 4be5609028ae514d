import type { SoakReport } from "./run-soak.js";

/** A run of this many minutes or more says something about the slope of memory. */
const MEMORY_MINUTES = 30;
const MOST_MB_PER_HOUR = 1;
const MOST_STOP_MS = 2000;

/** What must hold and does not, in sentences. */
export function complaints(report: SoakReport): string[] {
  const { missing, missingOf, invented, undelivered, faults, rss, minutes, stopMs, ended, noise } = report;
  const perHour = 60 * rss.slope;
  const all: [boolean, string][] = [
    [missing > 0, `${missing} samples that arrived are missing, of ${missingOf.join(", ")}.`],
    [invented > 0, `${invented} samples were never sent.`],
    [undelivered > 0, `${undelivered} predictions did not reach the subscriber.`],
    [ended !== undefined, `The gateway ended by itself: ${ended}.`],
    [noise.length > 0, `The gateway printed what is no log: ${noise.slice(0, 3).join(" / ")}`],
    [stopMs > MOST_STOP_MS, `The gateway took ${Math.round(stopMs)} ms to stop.`],
    [minutes >= MEMORY_MINUTES && perHour > MOST_MB_PER_HOUR, `Memory grows by ${perHour.toFixed(2)} MB an hour.`],
    ...faults.map(({ kind, injected, inMetrics, inLog, recovered }): [boolean, string] => [
      Math.min(inMetrics, inLog, recovered) < injected,
      `Of ${injected} faults '${kind}' ${inMetrics} show in metrics, ${inLog} in the log, and ${recovered} are over.`,
    ]),
  ];
  return all.filter(([broken]) => broken).map(([, sentence]) => sentence);
}

/** The report of a soak as lines to be read. */
export function soakText(report: SoakReport): string {
  const { minutes, wearers, rate, page, viewers, arrived, received, missing, invented, rss } = report;
  const rows: [string, string][] = [
    ["run", `${wearers} wearers at ${rate} Hz for ${minutes} min; page open in ${page} (${viewers} connected)`],
    ["samples", `${arrived} arrived for certain, ${received} counted; ${missing} missing, ${invented} invented`],
    ["windows", `${report.predictions} predictions, ${report.skippedHops} hops skipped`],
    [
      "messages",
      `${report.delivered} predictions delivered, ${report.undelivered} not; ${report.doubles} came again and were told by their ids`,
    ],
    ...report.faults.map(({ kind, injected, inMetrics, inLog, recovered }): [string, string] => [
      kind,
      `${injected} injected, ${inMetrics} seen in metrics, ${inLog} in the log; ${recovered} over`,
    ]),
    ["event loop", `delay of main p99 ${report.loopDelayP99Ms.toFixed(2)} ms`],
    [
      "memory",
      `${rss.from.toFixed(1)} to ${rss.to.toFixed(1)} MB behind the warm-up, ${(60 * rss.slope).toFixed(2)} +- ${(60 * rss.error).toFixed(2)} MB/h`,
    ],
    ["stop", `${Math.round(report.stopMs)} ms`],
  ];
  return rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join("");
}
