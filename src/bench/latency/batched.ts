import type { Precision } from "../../bridge/index.js";
import type { Bundle } from "../../bundle/index.js";
import { BridgedModel } from "../../engine/model.js";
import { prepareFor } from "../../engine/preparation.js";
import { BioxError } from "../../errors.js";
import { Phase, type PhaseOptions } from "./phase.js";
import type { BatchReport } from "./report.js";
import { LatencySeries } from "./series.js";
import { rawWindows } from "./signal.js";

/** Rounds of both ways that are not counted. */
const WARM_UP = 2;
/** Longest that this takes where no duration is given, s: medians settle soon. */
const DEFAULT_S = 20;
/** A batch adds up in another order. */
const TOLERANCE = 1e-4;

/**
 * Runs a batch, then the same windows one after another, in turn.
 *
 * @throws BioxError ENGINE_FAILED where a window of a batch has another answer than alone
 */
export async function batched(
  bundle: Bundle,
  threads: number,
  precision: Precision | undefined,
  size: number,
  options: PhaseOptions,
): Promise<BatchReport> {
  const { channels, samples, rate } = bundle.input;
  const { preparation } = prepareFor(bundle, rate);
  const together = await BridgedModel.create(bundle, bundle.prepared, threads, precision, size);
  const single = await BridgedModel.create(bundle, bundle.prepared, threads, precision);
  const inputs = rawWindows(size, channels, samples, rate).map((raw, lane) => {
    const prepared = together.inputOf(lane);
    preparation.prepareWindow(raw, prepared);
    return prepared;
  });
  const perWindow = new LatencySeries();
  const alone = new LatencySeries();
  let difference = 0;
  const round = async (): Promise<[number, number]> => {
    const begin = performance.now();
    await together.runBatch(size);
    const between = performance.now();
    let each = 0;
    for (const [lane, input] of inputs.entries()) {
      (single.input as Float32Array).set(input as Float32Array);
      const start = performance.now();
      await single.run();
      each += performance.now() - start;
      const failure = together.failureOf(lane);
      if (failure) throw failure;
      difference = Math.max(difference, apart(together.probsOf(lane), single.probs));
    }
    return [(between - begin) / size, each / size];
  };
  try {
    for (let n = 0; n < WARM_UP; n++) await round();
    if (!(difference <= TOLERANCE))
      throw new BioxError(
        "ENGINE_FAILED",
        `A window of a batch of ${size} has probabilities that differ by ${difference.toPrecision(2)} from those alone, where ${TOLERANCE} is allowed.`,
        "Its halves do not keep the windows of a batch apart: leave --batch out.",
      );
    const phase = new Phase(`batch of ${size}`, { ...options, seconds: options.seconds ?? DEFAULT_S });
    do {
      const [batch, one] = await round();
      perWindow.add(batch);
      alone.add(one);
    } while (phase.goesOn(perWindow.count * size));
  } finally {
    await together.release();
    await single.release();
  }
  return {
    size,
    together: together.joint,
    perWindow: perWindow.summary(),
    alone: alone.summary(),
    ratio: perWindow.percentile(50) / alone.percentile(50),
    outputMaxAbsDiff: difference,
  };
}

function apart(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, k) => Math.max(most, Math.abs(value - b[k]!)), 0);
}
