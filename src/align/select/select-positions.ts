import { digestFile } from "../../bundle/index.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { type ModelFile, openModel } from "../../onnx/index.js";
import { filePath } from "../../paths.js";
import type { PairSet } from "../pairs/index.js";
import { type HeadWeights, TaskHead } from "../run/index.js";
import { type Candidate, candidates } from "./candidates.js";
import { linearCka } from "./cka.js";
import { crossValidate } from "./cross-validate.js";
import { stratifiedFolds } from "./folds.js";
import { pass } from "./pass.js";
import type { NewScore, Position, Selection } from "./selection.js";

export interface SelectOptions {
  /** Tensors of the new model to try. Default the outputs of its repeated blocks. */
  readonly newAt?: readonly string[];
  /** Tensors of the old model to try. Default the inputs of its repeated blocks. */
  readonly oldAt?: readonly string[];
  /** Output of the old model with its class scores. Default "logits", or the only one. */
  readonly oldOutput?: string;
  /** Task head of an old model that ends at its last block. */
  readonly head?: HeadWeights;
  /** Folds of the cross-validation where the pairs bring none; 5 by default. */
  readonly folds?: number;
  /** Shuffles windows before they are dealt to folds. Default: they keep their order, as in scikit-learn's StratifiedKFold. */
  readonly seed?: number;
  /** Threads of ONNX Runtime; 1 by default. */
  readonly threads?: number;
  /** Told what is being done, and how much of it is done. */
  readonly onProgress?: (what: string, done: number, total: number) => void;
  /** Ends the work before the next window; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Split whose windows are looked at. Their labels are not. */
const SPLIT = "pair";

/**
 * Chooses where a bridge leaves the new model and enters the old one.
 *
 * 1. The old model's answers on its own modality are pseudo-labels of the pairs.
 * 2. The mean over time of each block's output of the new model is fitted to them by logistic regression with cross-validation; the best
 *    mean macro-F1 wins (the first of equals).
 * 3. The block of the old model wins whose input, pooled too, is most alike the features of 2: linear CKA.
 *
 * @param newModel path of an ONNX file
 * @param oldModel path of an ONNX file
 * @throws BioxError FILE_UNREADABLE, ONNX_INVALID, MODEL_FAILED naming the row, FILE_INVALID where pairs do not suffice, INVALID_ARGUMENT
 */
export async function selectPositions(
  newModel: string | URL,
  oldModel: string | URL,
  pairs: PairSet,
  options: SelectOptions = {},
): Promise<Selection> {
  const { folds: count = 5, seed, threads = 1, onProgress = () => {}, signal } = options;
  if (!Number.isInteger(count) || count < 2) throw invalidArgument("folds", "a whole number from 2", count);
  const rows = pairs.rowsOf(SPLIT);
  if (rows.length < count)
    throw new BioxError(
      "FILE_INVALID",
      `Expected windows of the split '${SPLIT}', ${count} or more, but there are ${rows.length} of them in ${pairs.sources[0]?.file}.`,
      "Say which rows are pairs: without splits all of them are.",
    );
  const [own, other] = [await open("newModel", newModel), await open("oldModel", oldModel)];
  const from = candidates(own.model, own.file, "output", "--new-at", options.newAt);
  const to = candidates(other.model, other.file, "input", "--old-at", options.oldAt);
  const head = new TaskHead(other.model, other.file, { output: options.oldOutput, head: options.head });
  const run = (what: string) => ({
    threads,
    signal,
    onWindow: (done: number, total: number) => onProgress(what, done, total),
  });
  const old = await pass(other, other.file, pairs, pairs.old, rows, to, head, run("old model"));
  const labels = old.classes;
  const counts = labelCounts(labels);
  const notes = [...pairs.notes, ...checkCounts(counts, count, other.file)];
  const fresh = await pass(own, own.file, pairs, pairs.new, rows, from, undefined, run("new model"));
  const folds = givenFolds(pairs, rows) ?? stratifiedFolds(labels, count, seed);
  const scores: NewScore[] = [];
  for (const [at, features] of fresh.features.entries()) {
    signal?.throwIfAborted();
    const of = crossValidate(features, labels, folds);
    const macroF1 = of.reduce((sum, score) => sum + score, 0) / of.length;
    scores.push({ tensor: from[at]!.tensor, index: from[at]!.index, channels: features.columns, macroF1, folds: of });
    onProgress("scores", at + 1, fresh.features.length);
    await new Promise(setImmediate);
  }
  const cka = linearCka(fresh.features, old.features, rows.length).map((line) =>
    line.map((value) => (Number.isFinite(value) ? value : null)),
  );
  const best = firstLargest(scores.map(({ macroF1 }) => macroF1));
  const alike = cka[best]!;
  const target = firstLargest(alike.map((value) => value ?? Number.NEGATIVE_INFINITY));
  return {
    new: position(own, from[best]!),
    old: position(other, to[target]!),
    scores: {
      new: scores,
      old: to.map(({ tensor, index }, at) => ({
        ...{ tensor, index, channels: old.features[at]!.columns },
        cka: alike[at]!,
      })),
      cka,
      pseudoLabels: counts,
    },
    pairs: {
      files: pairs.sources,
      split: SPLIT,
      windows: rows.length,
      folds: givenFolds(pairs, rows) ? "given" : "stratified",
      seed: givenFolds(pairs, rows) ? null : (seed ?? null),
    },
    notes,
  };
}

interface OpenModel extends ModelFile {
  readonly file: string;
  readonly sha256: string;
}

async function open(name: string, path: string | URL): Promise<OpenModel> {
  const file = filePath(name, path);
  return { ...(await openModel(file)), file, sha256: (await digestFile(file)).sha256 };
}

function labelCounts(labels: Int32Array): number[] {
  const counts: number[] = [];
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return Array.from(counts, (n) => n ?? 0);
}

/** @returns notes */
function checkCounts(counts: readonly number[], folds: number, file: string): string[] {
  const present = counts.filter((n) => n > 0);
  if (present.length < 2)
    throw new BioxError(
      "FILE_INVALID",
      `${file} gives every pair the class ${counts.length - 1}, so that nothing tells one position from another.`,
      "Give pairs in which the classes occur, and check their preparation.",
    );
  return present.some((n) => n < folds)
    ? [`a class has fewer windows (${Math.min(...present)}) than there are folds (${folds}): scores are rough`]
    : [];
}

/** The folds of the rows, where the pairs bring them. */
function givenFolds(pairs: PairSet, rows: Int32Array): Int32Array | undefined {
  const folds = pairs.folds && rows.map((row) => pairs.folds![row]!);
  if (!folds || folds.every((fold) => fold < 0)) return undefined;
  const without = folds.findIndex((fold) => fold < 0);
  if (without < 0) return folds;
  throw new BioxError(
    "FILE_INVALID",
    `${pairs.where(rows[without]!)}: it has no fold, but other rows of the split '${SPLIT}' have.`,
    "Give every such row a fold from 0 up, or leave the tensor 'fold' out.",
  );
}

function firstLargest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

function position({ file, sha256 }: OpenModel, { tensor, index }: Candidate): Position {
  return { file, sha256, tensor, index };
}
