import { ms } from "../latency/text.js";
import type { CapacityReport, HostCapacity } from "./capacity.js";
import type { Level } from "./crowd.js";

/** The report as a terminal shows it. */
export function capacityText(report: CapacityReport): string {
  const { bundle, hop, engines, threads, biox, mergedOnMain, stepSeconds } = report;
  const lines = [
    `${bundle}: a window every ${hop} s for each wearer, ${engines} ${engines === 1 ? "engine" : "engines"} of ${threads} ${threads === 1 ? "thread" : "threads"}, ${stepSeconds} s a step`,
    "",
    ...hostLines("biox", biox),
    ...(mergedOnMain
      ? ["", ...hostLines("one merged graph on the main thread", mergedOnMain)]
      : ["", "one merged graph on the main thread: not measured"]),
  ];
  return `${lines.join("\n")}\n`;
}

/** One step in a line, for the table and for whoever waits. */
function levelText({ wearers, windows, p50, p99, skippedHops, lost, failure }: Level): string {
  const cells = [wearers, windows, ms(p50), ms(p99), skippedHops, lost].map((cell) => String(cell).padStart(10));
  return `${cells.join("")}  ${failure ?? "kept up"}`;
}

const LIMITS: Readonly<Record<HostCapacity["limit"], string>> = {
  deadline: "with more, 99 % of the results no longer come within a hop",
  "hops skipped": "with more, hops are skipped",
  "samples lost": "with more, samples are lost",
  "wearer without windows": "with more, one of them has no windows any more",
  most: "the most that was tried",
  "ended early": "ended early",
};

function hostLines(name: string, { wearers, limit, levels }: HostCapacity): string[] {
  const head = ["wearers", "windows", "p50 ms", "p99 ms", "skipped", "lost"];
  return [
    `${name}: ${wearers} ${wearers === 1 ? "wearer" : "wearers"} (${LIMITS[limit]})`,
    head.map((cell) => cell.padStart(10)).join(""),
    ...levels.map(levelText),
  ];
}
