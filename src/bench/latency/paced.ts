import { setTimeout as sleep } from "node:timers/promises";
import type { Preparation } from "../../prepare/index.js";
import type { BioxContender } from "./contender.js";
import type { Phase } from "./phase.js";
import { LatencySeries } from "./series.js";
import { StageSeries } from "./stages.js";

export interface PacedResult {
  stages: StageSeries;
  /** From the moment at which a window was due to its answer: a late timer and a window before that took too long count. */
  response: LatencySeries;
  /** Windows whose answer came later than one hop after they were due. */
  deadlineMisses: number;
  windows: number;
}

/**
 * Runs biox as a wearable makes it run: a window every `hop` seconds, and nothing in between, so that the processor cools, clocks
 * down and forgets. A window that is due while another runs waits for it.
 */
export async function paced(
  biox: BioxContender,
  preparation: Preparation,
  raw: readonly Float64Array[][],
  hop: number,
  startPhase: () => Phase,
  signal: AbortSignal | undefined,
): Promise<PacedResult> {
  const stages = new StageSeries();
  const response = new LatencySeries();
  const phase = startPhase();
  const start = performance.now();
  let deadlineMisses = 0;
  let windows = 0;
  while (phase.goesOn(windows)) {
    const due = start + windows * hop * 1000;
    const wait = due - performance.now();
    // A timer of a broken number of milliseconds fires early.
    if (wait > 0) await sleep(Math.ceil(wait), undefined, signal ? { signal } : {}).catch(() => {});
    if (phase.aborted) continue;
    const begin = performance.now();
    preparation.prepareWindow(raw[windows % raw.length]!, biox.input);
    const prepared = performance.now();
    await biox.run();
    const end = performance.now();
    stages.add(prepared - begin, end - prepared, biox.model.times);
    response.add(end - due);
    if (end - due > hop * 1000) deadlineMisses++;
    windows++;
  }
  return { stages, response, deadlineMisses, windows };
}
