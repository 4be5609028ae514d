import { type Bundle, digestFile } from "../../bundle/index.js";
import { BioxError } from "../../errors.js";
import type { PairSet } from "../pairs/index.js";
import { argmax } from "../run/index.js";
import { RESAMPLES } from "./bootstrap.js";
import { bridgedAnswers } from "./bridged-answers.js";
import type { Evaluation } from "./evaluation.js";
import { linearProbe } from "./linear-probe.js";
import { oldAnswers } from "./old-answers.js";
import { randomBridge } from "./random-bridge.js";
import { type Answers, scoreAll } from "./report.js";

export interface EvaluateOptions {
  /** The whole old model, an ONNX file. */
  old: string;
  /** Its output with the logits; default "logits", or the only one. */
  oldOutput?: string;
  /** Rows to judge. Default "val". */
  split?: string;
  /** Random bridges to draw. Default 5. */
  randomBridges?: number;
  /** Also train a linear probe on the new modality's features with the labels of splits "train" and "pair". */
  probe?: boolean;
  /** Of random bridges and of the bootstrap. Default 1. */
  seed?: number;
  threads?: number;
  onProgress?: (done: number, total: number, what: string) => void;
  signal?: AbortSignal;
}

/**
 * Judges a bundle by windows that it has not seen: against the old model on the old modality, random bridges, the most
 * frequent class and, when asked for, a linear probe that had labels.
 *
 * @throws BioxError FILE_INVALID when the pairs have no labels or nothing to judge, or do not fit the models
 */
export async function evaluate(bundle: Bundle, pairs: PairSet, options: EvaluateOptions): Promise<Evaluation> {
  const { old, split = "val", randomBridges = 5, probe = false, seed = 1, threads = 1, signal } = options;
  const { labels } = bundle.manifest;
  const rows = judged(pairs, split, labels.length);
  const training = trainingRows(pairs);
  const total = rows.length * (2 + randomBridges) + (probe ? training.length : 0);
  let done = 0;
  let what = "";
  const step = (): void => {
    signal?.throwIfAborted();
    options.onProgress?.(++done, total, what);
  };
  const answers: Answers[] = [];

  what = "old model";
  const classes = labels.length;
  const head = { output: options.oldOutput, head: bundle.probe ?? undefined, classes };
  const said = await oldAnswers(old, head, pairs, rows, threads, step);
  answers.push({ id: "oracle", name: "old model, old modality", trainableParameters: null, draws: [said] });

  what = "bridge";
  const { weights } = bundle;
  const parameters = weights.A.length + weights.B.length + weights.prototypes.length;
  const bridged = await bridgedAnswers(bundle, pairs, rows, threads, step);
  answers.push({ id: "bridge", name: "bridge", trainableParameters: parameters, draws: [bridged.classes] });

  if (probe) {
    what = "linear probe";
    const features = await bridgedAnswers(bundle, pairs, training, threads, step);
    const { channelsIn } = bundle.shape;
    const known = training.map((row) => pairs.labels![row]!);
    answers.push({
      id: "probe",
      name: "linear probe with labels",
      trainableParameters: (channelsIn + 1) * classes,
      draws: [linearProbe(features.pooled, known, bridged.pooled, channelsIn)],
    });
  }

  what = "random bridges";
  const random: Int32Array[] = [];
  for (let n = 0; n < randomBridges; n++) {
    const untrained = { ...bundle, weights: randomBridge(bundle.shape, seed + n) };
    random.push((await bridgedAnswers(untrained, pairs, rows, threads, step)).classes);
  }
  if (random.length > 0) answers.push({ id: "random", name: "random bridge", trainableParameters: 0, draws: random });

  const truth = rows.map((row) => pairs.labels![row]!);
  const majority = mostFrequent(
    training.length > 0 ? training.map((row) => pairs.labels![row]!) : truth,
    labels.length,
  );
  answers.push({
    id: "majority",
    name: `always '${labels[majority]}'`,
    trainableParameters: 0,
    draws: [new Int32Array(rows.length).fill(majority)],
  });

  const subjects = [...rows].map((row) => pairs.subjects?.[row] ?? "all");
  const distinct = [...new Set(subjects)].sort();
  const support = labels.map((_, k) => truth.reduce((count, value) => count + Number(value === k), 0));
  return {
    type: "evaluation",
    bundle: {
      name: bundle.manifest.name,
      task: bundle.manifest.task,
      files: Object.fromEntries(Object.entries(bundle.manifest.files).map(([name, { sha256 }]) => [name, sha256])),
    },
    old: { file: old, sha256: (await digestFile(old)).sha256 },
    pairs: pairs.sources,
    split,
    labels,
    rows: rows.length,
    unlabelled: pairs.rowsOf(split).length - rows.length,
    subjects: distinct,
    support,
    seed,
    resamples: RESAMPLES,
    scores: scoreAll({ labels, truth, subjects, seed }, answers),
    notes: [...pairs.notes, ...cautions(pairs, distinct.length, labels, support)],
  };
}

/** Rows of the split that have a label. */
function judged(pairs: PairSet, split: string, classes: number): Int32Array {
  const all = pairs.rowsOf(split);
  const file = pairs.sources[0]?.file ?? "The pair set";
  if (all.length === 0) {
    const there = [...new Set(pairs.splits ?? ["pair"])].join(", ");
    throw new BioxError(
      "FILE_INVALID",
      `${file} has no rows in split '${split}'; it has ${there}.`,
      "Choose with --split.",
    );
  }
  const { labels } = pairs;
  const known = all.filter((row) => (labels?.[row] ?? -1) >= 0);
  if (!labels || known.length === 0)
    throw new BioxError("FILE_INVALID", `${file} has no labels in split '${split}'.`, "An evaluation needs the truth.");
  for (const row of known)
    if (labels[row]! >= classes)
      throw new BioxError(
        "FILE_INVALID",
        `${pairs.where(row)}: the label is ${labels[row]}, but the bundle has ${classes} classes, 0 to ${classes - 1}.`,
        "Number the classes in the order of the bundle's labels.",
      );
  return known;
}

/** Labelled rows of everybody who is not judged. */
function trainingRows(pairs: PairSet): Int32Array {
  const rows = [...pairs.rowsOf("train"), ...pairs.rowsOf("pair")].sort((a, b) => a - b);
  return Int32Array.from(rows.filter((row) => (pairs.labels?.[row] ?? -1) >= 0));
}

function mostFrequent(values: Int32Array, classes: number): number {
  const counts = new Float32Array(classes);
  for (const value of values) if (value < classes) counts[value]!++;
  return argmax(counts);
}

function cautions(pairs: PairSet, subjects: number, labels: readonly string[], support: readonly number[]): string[] {
  const notes: string[] = [];
  if (!pairs.subjects)
    notes.push("The pairs name no subjects: windows of one person may be on both sides, and there are no intervals.");
  else if (subjects === 1)
    notes.push("One subject only: this says nothing of other people, and there are no intervals.");
  else if (subjects < 10)
    notes.push(`Only ${subjects} subjects: the intervals come from ${subjects} people and are rough.`);
  const absent = labels.filter((_, k) => support[k] === 0);
  if (absent.length > 0) notes.push(`No window is ${absent.join(" or ")}: nothing is known of that class.`);
  return notes;
}
