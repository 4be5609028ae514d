import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FeatureLayout } from "../../bridge/index.js";
import { BioxError } from "../../errors.js";
import { unwritable } from "../../paths.js";
import type { PairSet, PairSide } from "../pairs/index.js";
import { channelsOf, ModelRun, type Outputs, poolInto } from "../run/index.js";
import type { WholeModel } from "./models.js";
import type { Progress } from "./options.js";
import { RowsReader, RowsWriter } from "./rows-file.js";

/** What is written over and over is told apart from what an older release wrote. */
const VERSION = "1";

/** Where frozen features are kept, and for which rows of the pairs. */
export interface FeatureContext {
  readonly cache: string;
  readonly pairs: PairSet;
  readonly rows: Int32Array;
  readonly threads: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** x of each row: the mean over time of the new model's tensor, tensor `x` [rows, C_in]. */
export function newFeatures(
  context: FeatureContext,
  model: WholeModel,
  at: string,
  layout: FeatureLayout,
): Promise<RowsReader> {
  const key = keyOf(context, model, "new", [at, layout]);
  return cached(context, `new-${key}`, model, context.pairs.new, [at], (run) => ({
    sizes: (outputs) => {
      const { shape } = outputs[at]!;
      if (shape.length < 2)
        throw new BioxError(
          "ONNX_INVALID",
          `Tensor '${at}' of ${run.name} has shape [${shape.join(", ")}], but needs time and channels.`,
          "Choose another tensor: 'biox inspect' lists them.",
        );
      return { x: channelsOf(shape, layout) };
    },
    row: (outputs, sizes) => {
      const pooled = new Float32Array(sizes.x!);
      poolInto(pooled, outputs[at]!, layout);
      return { x: pooled };
    },
  }));
}

/**
 * What the old model makes of its own modality: `block` [rows, T * C_out], the true input of block l; and for other tensors asked for
 * (the last block's output, the task's) one of their own names each.
 */
export function oldFeatures(
  context: FeatureContext,
  model: WholeModel,
  tensors: Readonly<Record<string, string>>,
): Promise<RowsReader> {
  const key = keyOf(context, model, "old", [JSON.stringify(tensors)]);
  const entries = Object.entries(tensors);
  return cached(context, `old-${key}`, model, context.pairs.old, [...new Set(Object.values(tensors))], () => ({
    sizes: (outputs) => Object.fromEntries(entries.map(([name, tensor]) => [name, outputs[tensor]!.data.length])),
    row: (outputs) => Object.fromEntries(entries.map(([name, tensor]) => [name, outputs[tensor]!.data])),
  }));
}

interface Pass {
  sizes(outputs: Outputs): Record<string, number>;
  row(outputs: Outputs, sizes: Record<string, number>): Record<string, Float32Array>;
}

/** Models, data, rows and tensors: whatever the features depend on. Paths do not count. */
function keyOf({ pairs, rows }: FeatureContext, model: WholeModel, side: string, what: readonly string[]): string {
  const hash = createHash("sha256");
  const parts = [VERSION, model.sha256, side, pairs[side as "new" | "old"].name, ...what];
  hash.update(JSON.stringify([...parts, ...pairs.sources.map(({ sha256 }) => sha256)]));
  hash.update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
  return hash.digest("hex").slice(0, 16);
}

async function cached(
  context: FeatureContext,
  name: string,
  model: WholeModel,
  side: PairSide,
  tensors: readonly string[],
  passOf: (run: ModelRun) => Pass,
): Promise<RowsReader> {
  const path = join(context.cache, `${name}.safetensors`);
  if (!existsSync(path)) {
    const run = await ModelRun.open(model.part([model.input], tensors), context.threads);
    try {
      await compute(context, path, run, side, tensors, passOf(run));
    } finally {
      await run.close();
    }
  }
  return new RowsReader(path);
}

async function compute(
  context: FeatureContext,
  path: string,
  run: ModelRun,
  side: PairSide,
  tensors: readonly string[],
  pass: Pass,
): Promise<void> {
  const { pairs, rows, signal, onProgress, cache } = context;
  const feed = run.feeder(side);
  const one = (row: number): Promise<Outputs> => run.run(feed(row), tensors, () => pairs.where(row));
  const sizes = pass.sizes(await one(rows[0]!));
  try {
    mkdirSync(cache, { recursive: true });
  } catch (cause) {
    throw unwritable(cache, cause);
  }
  const writer = await RowsWriter.create(path, rows.length, sizes, { model: run.name });
  try {
    for (const [n, row] of rows.entries()) {
      const outputs = await one(row);
      for (const [name, values] of Object.entries(pass.row(outputs, sizes))) {
        if (values.length !== sizes[name])
          throw new BioxError(
            "FILE_INVALID",
            `${pairs.where(row)}: ${run.name} gives ${values.length} numbers of '${name}', but ${sizes[name]} for other rows.`,
            "Give windows of one length.",
          );
        await writer.write(name, n, values);
      }
      onProgress?.({ phase: `features of ${run.name}`, done: n + 1, total: rows.length });
      await breathe();
      signal?.throwIfAborted();
    }
  } catch (error) {
    await writer.discard();
    throw error;
  }
  await writer.finish();
}

/** Lets signals and timers have their turn: a run of ONNX Runtime ends in a microtask. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
