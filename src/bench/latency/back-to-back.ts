import type { Preparation } from "../../prepare/index.js";
import {
  type BioxContender,
  type ContenderName,
  fill,
  type ModelContender,
  outputDifference,
  requireEqual,
} from "./contender.js";
import type { Phase } from "./phase.js";
import { LatencySeries } from "./series.js";
import { StageSeries } from "./stages.js";

/** Rounds that are not counted: first runs allocate, fill caches and raise clock rates. */
const WARM_UP = { most: 16, least: 2, ms: 3000 };

export interface BackToBackResult {
  stages: StageSeries;
  /** From a prepared input to probabilities, for each contender. */
  contenders: Map<ContenderName, LatencySeries>;
  /** Largest of {@link outputDifference} over all windows and contenders; 0 where there was nothing to compare with. */
  outputMaxAbsDiff: number;
  windows: number;
}

/**
 * Runs every contender on every window, one after another, a new window as soon as all have answered. Each window begins with another
 * contender, so that whatever slows the machine for a while, and whatever one leaves in the caches, meets all of them.
 *
 * @param raw windows as {@link Preparation.prepareWindow} takes them, used in turn
 * @throws BioxError ENGINE_FAILED when contenders differ by more than `tolerance`, before anything is timed or at any window
 */
export async function backToBack(
  biox: BioxContender,
  others: readonly ModelContender[],
  preparation: Preparation,
  raw: readonly Float64Array[][],
  tolerance: number,
  startPhase: () => Phase,
): Promise<BackToBackResult> {
  const contenders: readonly ModelContender[] = [biox, ...others];
  const prepared = preparation.createOutput();
  const ms = new Float64Array(contenders.length);
  let difference = 0;

  const round = async (n: number): Promise<number> => {
    const begin = performance.now();
    preparation.prepareWindow(raw[n % raw.length]!, prepared);
    const prepare = performance.now() - begin;
    for (const contender of contenders) fill(contender, prepared);
    for (let turn = 0; turn < contenders.length; turn++) {
      // Backwards every other time: nobody always has the same one before it.
      const i = (n + (n % 2 === 0 ? turn : contenders.length - 1 - turn)) % contenders.length;
      const start = performance.now();
      await contenders[i]!.run();
      ms[i] = performance.now() - start;
    }
    for (const other of others) {
      const apart = outputDifference(biox, other);
      requireEqual(other.name, apart, tolerance);
      difference = Math.max(difference, apart);
    }
    return prepare;
  };

  const warm = performance.now() + WARM_UP.ms;
  for (let n = 0; n < WARM_UP.most && (n < WARM_UP.least || performance.now() < warm); n++) await round(n);
  const stages = new StageSeries();
  const series = contenders.map(() => new LatencySeries());
  const phase = startPhase();
  let windows = 0;
  while (phase.goesOn(windows)) {
    const prepare = await round(windows++);
    stages.add(prepare, ms[0]!, biox.model.times);
    for (const [i, each] of series.entries()) each.add(ms[i]!);
  }
  return {
    stages,
    contenders: new Map(contenders.map(({ name }, i) => [name, series[i]!])),
    outputMaxAbsDiff: difference,
    windows,
  };
}
