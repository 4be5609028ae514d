import { escapeText, facts, table } from "../../../html/markup.js";
import { keyFigures, page, section } from "../../../html/page.js";
import { COLD_START_PARTS } from "../cold-start.js";
import { CONTENDERS } from "../contender.js";
import type { LatencyReport, Stages, ThreadReport } from "../report.js";
import type { LatencySummary } from "../series.js";
import { MODEL_STAGES } from "../stages.js";
import { batchSentence, megabytes, ms, PART_NAMES, shortSentence } from "../text.js";
import { rangeBars, stackedBar } from "./bars.js";
import { COLOURS } from "./colours.js";
import { histogramPicture } from "./histogram.js";
import { machineSection } from "./machine.js";
import { CONTENDER_NAMES, STAGE_NAMES } from "./names.js";

const COLUMNS = ["mean", "p50", "p90", "p95", "p99", "p999", "max"] as const;
const HEAD = ["ms", "mean", "p50", "p90", "p95", "p99", "p99.9", "max"];

/** The report as one file: no script, and nothing that is loaded from anywhere. */
export function latencyHtml(report: LatencyReport): string {
  const { bundle, precision, machine } = report;
  const about = `Window ${bundle.window} s, hop ${bundle.hop} s, bridge in ${precision}, ${threadsOf(report)}. ${new Date(report.startedAt).toISOString().slice(0, 16).replace("T", " ")} UTC.`;
  const parts = [
    `<h1>${escapeText(bundle.name)}</h1>`,
    `<p class="soft">${escapeText(about)} ${escapeText([machine.board, machine.processor].filter((x) => x !== null).join(", "))}</p>`,
    report.short ? `<p class="warn">${escapeText(shortSentence(report))}</p>` : "",
    mainFigures(report),
    stagesSection(report, report.stages),
    contendersSection(report),
    ...report.otherThreads.flatMap((other) => [stagesSection(other, other.stages), contendersSection(other)]),
    liveSection(report),
    coldStartSection(report),
    machineSection(report),
  ];
  return page(`Latency of ${bundle.name}`, parts, COLOURS);
}

const threadsOf = ({ threads }: Pick<ThreadReport, "threads">): string =>
  threads === 1 ? "1 thread" : `${threads} threads`;

function mainFigures(report: LatencyReport): string {
  const { stages, ratios, live, coldStart } = report;
  const figures: [string, string][] = [["total, median", `${ms(stages.total.p50)} ms`]];
  if (live) figures.push(["last byte to result, p99", `${ms(live.lastByteToResult.p99)} ms`]);
  if (ratios.merged !== undefined) figures.push(["of the time of one merged graph", `${ratios.merged.toFixed(3)} ×`]);
  figures.push(["real-time factor", report.realTimeFactor.toPrecision(2)]);
  if (coldStart) figures.push(["start to first prediction", `${coldStart.total.toFixed(0)} ms`]);
  return keyFigures(figures);
}

function rows(entries: readonly (readonly [string, LatencySummary | undefined])[]): string[][] {
  return entries.flatMap(([name, summary]) =>
    summary ? [[name, ...COLUMNS.map((column) => ms(summary[column]))]] : [],
  );
}

function stagesSection(report: ThreadReport, stages: Stages): string {
  const inner = MODEL_STAGES.filter((stage) => stage !== "total");
  const all = [...(["receive"] as const), ...MODEL_STAGES, ...(["lastByteToResult"] as const)];
  const { solo, windows, seconds } = report;
  const energy = !solo
    ? ""
    : typeof solo.energyJoules === "number"
      ? `${solo.energyJoules.toPrecision(3)} J`
      : solo.energyJoules;
  return section(
    `Stages, ${threadsOf(report)}`,
    `Medians of ${windows} windows in ${seconds.toFixed(0)} s, back to back.`,
    stackedBar(
      "Medians of the stages of one window",
      inner.map((stage) => ({ name: STAGE_NAMES[stage], kind: stage, ms: stages[stage].p50 })),
    ),
    table(HEAD, rows(all.map((stage) => [STAGE_NAMES[stage], stages[stage]]))),
    facts([
      ["longer than the hop", `${report.deadlineMisses} of ${windows} windows`],
      ["JavaScript outside the model, median", `${(report.jsOverhead.p50 * 1000).toFixed(1)} µs a window`],
      ...(solo
        ? ([
            ["processor time", `${ms(solo.cpuMs)} ms a window`],
            ["heap growth", `${solo.heapGrowthBytes.toFixed(1)} bytes a window`],
            ["energy", solo.energySource ? `${energy} a window (${solo.energySource})` : energy],
          ] as [string, string][])
        : []),
    ]),
  );
}

function contendersSection(report: ThreadReport): string {
  const { contenders, missing } = report;
  const there = CONTENDERS.flatMap((name) => {
    const summary = contenders[name];
    return summary ? [{ name, summary }] : [];
  });
  const reasons = Object.entries(missing).map(([name, reason]) => `${name} was not measured: ${reason}`);
  return section(
    `Contenders, ${threadsOf(report)}`,
    `The same prepared windows to probabilities, one contender after another on each window. Answers differ by at most ${report.outputMaxAbsDiff.toExponential(1)}. Solid to the median, lighter to p95 and p99; numbers are p50 and p99. ${reasons.join(" ")}`,
    rangeBars(
      "Percentiles of the contenders",
      there.map(({ name, summary }) => ({ name: CONTENDER_NAMES[name], kind: name, ...summary })),
    ),
    histogramPicture(report.histograms),
    table(HEAD, rows(there.map(({ name, summary }) => [CONTENDER_NAMES[name], summary]))),
  );
}

function liveSection({ live, paced, batch }: LatencyReport): string {
  if (!live && !paced && !batch) return "";
  const series: (readonly [string, LatencySummary | undefined])[] = [
    ["live: total", live?.total],
    ["live: last byte to result", live?.lastByteToResult],
    ["paced: total", paced?.stages.total],
    ["paced: due to answer", paced?.response],
  ];
  const pairs: [string, string][] = [];
  if (live)
    pairs.push(
      [
        "live",
        `a window every ${live.hop.toPrecision(2)} s through a pseudo-terminal, ${live.windows} windows in ${live.seconds.toFixed(0)} s`,
      ],
      ["live, lost and skipped", `${live.lost} samples, ${live.skippedHops} hops`],
      ["event loop late by", `p50 ${ms(live.eventLoopDelayMs.p50)}, p99 ${ms(live.eventLoopDelayMs.p99)} ms`],
    );
  if (paced)
    pairs.push(
      ["paced", `a window every ${paced.hop} s, ${paced.windows} windows in ${paced.seconds.toFixed(0)} s`],
      ["paced, deadlines missed", `${paced.deadlineMisses}`],
    );
  if (batch) pairs.push([`batch of ${batch.size}`, batchSentence(batch)]);
  return section("At the pace of a wearable", "", table(HEAD, rows(series)), facts(pairs));
}

function coldStartSection({ coldStart }: LatencyReport): string {
  if (!coldStart) return "";
  return section(
    "Cold start",
    `From a new process to its first prediction ${coldStart.total.toFixed(0)} ms, median of ${coldStart.starts}. At most ${megabytes(coldStart.peakRssBytes)} of memory.`,
    stackedBar(
      "Parts of a cold start",
      COLD_START_PARTS.map((part) => ({ name: PART_NAMES[part], kind: part, ms: coldStart[part] })),
    ),
  );
}
