import type { FeatureLayout } from "../../bridge/index.js";
import { BioxError } from "../../errors.js";
import { extractModel, type ModelFile } from "../../onnx/index.js";
import type { PairSet, PairSide } from "../pairs/index.js";
import { argmax, channelsOf, ModelRun, type Outputs, poolInto, type TaskHead, windowInput } from "../run/index.js";
import type { PooledFeatures } from "./cka.js";

/** A tensor to look at. */
export interface Tap {
  readonly tensor: string;
  readonly layout: FeatureLayout;
}

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
 * @param name what messages call the model
 * @param rows of the pairs, in the order in which they are wanted
 */
export async function pass(
  { model, external }: ModelFile,
  name: string,
  pairs: PairSet,
  side: PairSide,
  rows: Int32Array,
  taps: readonly Tap[],
  head: TaskHead | undefined,
  { threads, onWindow, signal }: PassOptions,
): Promise<Pass> {
  const outputs = [...new Set([...taps.map(({ tensor }) => tensor), ...(head ? [head.output] : [])])];
  const part = extractModel(model, { inputs: [windowInput(model, name)], outputs });
  const run = await ModelRun.open({ model: part, external, name }, threads);
  try {
    const feed = run.feeder(side);
    const features: PooledFeatures[] = [];
    const classes = new Int32Array(head ? rows.length : 0);
    for (const [at, row] of rows.entries()) {
      signal?.throwIfAborted();
      const where = (): string => pairs.where(row);
      const results = await run.run(feed(row), outputs, where);
      for (const [t, tap] of taps.entries()) {
        const shape = results[tap.tensor]!.shape;
        features[t] ??= emptyFeatures(rows.length, channelsOf(shape, tap.layout));
        keep(features[t], at, tap, results, `${where()}: ${name}`);
      }
      if (head) classes[at] = argmax(head.scores(results));
      onWindow(at + 1, rows.length);
      // Runs leave no turn for timers and signals.
      await new Promise(setImmediate);
    }
    return { features, classes };
  } finally {
    await run.close();
  }
}

const emptyFeatures = (rows: number, columns: number): PooledFeatures => ({
  columns,
  values: new Float32Array(rows * columns),
});

function keep({ columns, values }: PooledFeatures, row: number, tap: Tap, results: Outputs, who: string): void {
  const found = results[tap.tensor]!;
  const channels = channelsOf(found.shape, tap.layout);
  if (channels !== columns)
    throw new BioxError(
      "MODEL_FAILED",
      `${who} gives '${tap.tensor}' with ${channels} channels, but ${columns} for the first window.`,
      "Look at that window's signal.",
    );
  poolInto(values.subarray(row * columns, (row + 1) * columns), found, tap.layout);
}
