import { COLD_START_PARTS, type ColdStart } from "./cold-start.js";
import { CONTENDERS } from "./contender.js";
import { LEAST_SECONDS, LEAST_WINDOWS } from "./phase.js";
import type { BatchReport, LatencyReport, ThreadReport } from "./report.js";
import type { LatencySummary } from "./series.js";
import { MODEL_STAGES } from "./stages.js";

const COLUMNS = ["p50", "p90", "p95", "p99", "p999", "max"] as const;

/** A time with as many digits as it deserves, ms. */
export function ms(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(4);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** The report as a terminal shows it. */
export function latencyText(report: LatencyReport): string {
  const { bundle, machine, precision } = report;
  const lines = [
    `${bundle.name}: window ${bundle.window} s, hop ${bundle.hop} s, bridge ${precision}`,
    [machine.board, machine.processor, `${machine.cores} cores`, machine.simd, `Node ${machine.node}`]
      .filter((part) => part !== null)
      .join(", "),
    ...(report.short ? [shortSentence(report)] : []),
    "",
    ...threadLines(report, report.stages),
    ...report.otherThreads.flatMap((other) => ["", ...threadLines(other, other.stages)]),
    "",
    ...liveLines(report),
    ...(report.coldStart ? coldLines(report.coldStart) : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Says that the numbers are not to be gone by, and why. */
export function shortSentence({ shortness }: LatencyReport): string {
  return `SHORT, not a report to go by (${shortness.join("; ")}): it takes ${LEAST_WINDOWS} windows and ${LEAST_SECONDS} s.`;
}

function threadLines(report: ThreadReport, stages: LatencyReport["stages"]): string[] {
  const { threads, windows, seconds, solo } = report;
  const row = (name: string, summary: LatencySummary | undefined): string[] =>
    summary ? [name.padEnd(20) + COLUMNS.map((column) => ms(summary[column]).padStart(10)).join("")] : [];
  const lines = [
    `${"ms".padEnd(20)}${["p50", "p90", "p95", "p99", "p99.9", "max"].map((name) => name.padStart(10)).join("")}`,
    ...row("receive (one hop)", stages.receive),
    ...MODEL_STAGES.flatMap((stage) => row(stage, stages[stage])),
    ...row("last byte to result", stages.lastByteToResult),
    "",
    `${threads === 1 ? "1 thread" : `${threads} threads`}, ${windows} windows in ${seconds.toFixed(0)} s, prepared input to probabilities:`,
    ...CONTENDERS.flatMap((name) => row(name, report.contenders[name])),
    ...Object.entries(report.missing).map(([name, reason]) => `${name.padEnd(20)}not measured: ${reason}`),
    ...Object.entries(report.ratios).map(([name, ratio]) => `biox takes ${ratio.toFixed(3)} of the time of ${name}`),
    `answers differ by at most ${report.outputMaxAbsDiff.toExponential(1)}`,
    `${report.deadlineMisses} of ${windows} windows took longer than the hop; real-time factor ${report.realTimeFactor.toPrecision(3)}`,
  ];
  if (solo) {
    const energy =
      typeof solo.energyJoules === "number"
        ? `${solo.energyJoules.toPrecision(3)} J (${solo.energySource})`
        : solo.energyJoules;
    lines.push(
      `a window: ${ms(solo.cpuMs)} ms of processor time, JavaScript ${(report.jsOverhead.p50 * 1000).toFixed(1)} us, ` +
        `heap growth ${solo.heapGrowthBytes.toFixed(1)} bytes, energy ${energy}`,
    );
  }
  return lines;
}

function liveLines({ live, paced, batch }: LatencyReport): string[] {
  const lines: string[] = [];
  if (batch) lines.push(`batch of ${batch.size}: ${batchSentence(batch)}`);
  if (paced)
    lines.push(
      `paced: a window every ${paced.hop} s, ${paced.windows} of them: p50 ${ms(paced.stages.total.p50)}, ` +
        `p99 ${ms(paced.stages.total.p99)} ms; from due to answer p99 ${ms(paced.response.p99)} ms; ${paced.deadlineMisses} deadlines missed`,
    );
  if (live)
    lines.push(
      `live: a window every ${live.hop.toPrecision(2)} s through a pseudo-terminal, ${live.windows} of them: total p99 ` +
        `${ms(live.total.p99)} ms, last byte to result p99 ${ms(live.lastByteToResult.p99)} ms; ${live.skippedHops} hops skipped, ` +
        `${live.lost} samples lost; event loop late by p99 ${ms(live.eventLoopDelayMs.p99)} ms`,
    );
  return lines;
}

/** What running several windows together brings. */
export function batchSentence({ perWindow, alone, ratio, together }: BatchReport): string {
  const halves = (["lower", "upper"] as const).filter((half) => together[half]);
  const which =
    halves.length > 0 ? `${halves.join(" and ")} half in one run` : "bridge alone; the halves take one window";
  return `${ms(perWindow.p50)} ms a window against ${ms(alone.p50)} alone, ${ratio.toFixed(2)} of it (${which})`;
}

function coldLines(start: ColdStart): string[] {
  const parts = COLD_START_PARTS.map((part) => `${PART_NAMES[part]} ${start[part].toFixed(0)}`);
  return [
    `cold start: ${start.total.toFixed(0)} ms to the first prediction (${parts.join(", ")})`,
    `memory: at most ${megabytes(start.peakRssBytes)} in a process that runs this bundle alone`,
  ];
}

/** What the parts of a cold start are called. */
export const PART_NAMES: Readonly<Record<(typeof COLD_START_PARTS)[number], string>> = {
  nodeStart: "Node",
  imports: "imports",
  bundleLoad: "bundle",
  lowerSession: "lower session",
  bridgePack: "bridge",
  upperSession: "upper session",
  firstRun: "first run",
};
