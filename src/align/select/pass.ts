import type { ModelFile } from "../../onnx/index.js";
import type { PairSet, PairSide } from "../pairs/index.js";
import type { PooledFeatures } from "./cka.js";
import { type Tap, TappedModel } from "./tapped-model.js";
import type { TaskHead } from "./task-head.js";

/** What is told while models run. */
export interface PassOptions {
  readonly threads: number;
  readonly onWindow: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What a model gave for every window. */
export interface Pass {
  /** In the order of the taps, a row for each window. */
  readonly features: readonly PooledFeatures[];
  /** Class of each window; empty without a head. */
  readonly classes: Int32Array;
}

/**
 * Runs windows through a model once and keeps the mean over time of each tap: features are never in memory for more than one window.
 *
 * @param rows of the pairs, in the order in which they are wanted
 */
export async function pass(
  model: ModelFile,
  file: string,
  pairs: PairSet,
  side: PairSide,
  rows: Int32Array,
  taps: readonly Tap[],
  head: TaskHead | undefined,
  { threads, onWindow, signal }: PassOptions,
): Promise<Pass> {
  const tensors = [...taps, ...(head ? [head.tap] : [])].map(({ tensor }) => tensor);
  const tapped = await TappedModel.open(model, file, side, tensors, threads);
  try {
    const features: PooledFeatures[] = [];
    const classes = new Int32Array(head ? rows.length : 0);
    for (const [at, row] of rows.entries()) {
      signal?.throwIfAborted();
      const results = await tapped.run(row, pairs.where(row));
      for (const [t, tap] of taps.entries()) features[t] = results.pool(tap, features[t], at, rows.length);
      if (head) classes[at] = head.classOf(results);
      onWindow(at + 1, rows.length);
      // Runs leave no turn for timers and signals.
      await new Promise(setImmediate);
    }
    return { features, classes };
  } finally {
    await tapped.release();
  }
}
