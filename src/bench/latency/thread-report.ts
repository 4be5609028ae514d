import type { Preparation } from "../../prepare/index.js";
import { type BackToBackResult, backToBack } from "./back-to-back.js";
import type { BioxContender, ContenderName, ModelContender } from "./contender.js";
import type { EnergyMeter } from "./machine/energy.js";
import { Phase, type PhaseOptions } from "./phase.js";
import type { ThreadReport } from "./report.js";
import type { LatencyHistogram, LatencySeries } from "./series.js";
import { solo } from "./solo.js";

/** Most that the run of biox alone takes, s: it measures means, which settle sooner than percentiles. */
const SOLO_S = 10;

export interface ThreadSetup {
  threads: number;
  biox: BioxContender;
  others: readonly ModelContender[];
  missing: ThreadReport["missing"];
  preparation: Preparation;
  raw: readonly Float64Array[][];
  tolerance: number;
  /** Seconds between two windows of a wearable. */
  hop: number;
  meter: EnergyMeter | undefined;
}

/** Measures one number of threads: all contenders interleaved, then biox alone. Undefined where it was ended before any window. */
export async function measureThreads(
  setup: ThreadSetup,
  options: PhaseOptions,
): Promise<{ report: ThreadReport; shortness: string | undefined } | undefined> {
  const { threads, biox, others, preparation, raw, hop, meter } = setup;
  let phase = new Phase("", options);
  const result = await backToBack(biox, others, preparation, raw, setup.tolerance, () => {
    phase = new Phase(threads === 1 ? "back to back" : `back to back, ${threads} threads`, options);
    return phase;
  });
  if (result.windows === 0) return undefined;
  const soloSeconds = Math.min(SOLO_S, options.seconds ?? SOLO_S);
  const alone = phase.aborted
    ? null
    : await solo(biox, preparation, raw, meter, () => new Phase("alone", { ...options, seconds: soloSeconds }));
  return { report: threadReport(setup, result, phase, hop, alone), shortness: phase.shortness };
}

function threadReport(
  { threads, missing }: ThreadSetup,
  { stages, contenders, outputMaxAbsDiff, windows }: BackToBackResult,
  phase: Phase,
  hop: number,
  alone: ThreadReport["solo"],
): ThreadReport {
  const each = <T>(value: (series: LatencySeries) => T): Partial<Record<ContenderName, T>> =>
    Object.fromEntries([...contenders].map(([name, series]) => [name, value(series)]));
  const biox = contenders.get("biox")!;
  const { biox: _, ...ratios } = each((series) => biox.percentile(50) / series.percentile(50));
  return {
    threads,
    windows,
    seconds: phase.seconds,
    stages: stages.summaries(),
    contenders: each((series) => series.summary()),
    missing,
    histograms: histograms(contenders),
    outputMaxAbsDiff,
    ratios,
    deadlineMisses: stages.stages.total.countAbove(hop * 1000),
    realTimeFactor: stages.stages.total.percentile(50) / (hop * 1000),
    jsOverhead: stages.jsOverhead.summary(),
    solo: alone,
  };
}

/** All with the same edges, from the fastest window to the 99.9th percentile of the slowest contender. */
function histograms(contenders: ReadonlyMap<ContenderName, LatencySeries>): ThreadReport["histograms"] {
  const all = [...contenders.values()];
  const low = Math.min(...all.map((series) => series.percentile(0)));
  const high = Math.max(...all.map((series) => series.percentile(99.9)));
  return Object.fromEntries(
    [...contenders].map(([name, series]): [string, LatencyHistogram] => [
      name,
      series.bars(Math.max(low, 1e-6), Math.max(high, low * 1.01, 2e-6)),
    ]),
  );
}
