import { Command, InvalidArgumentError } from "commander";
import type { HeadWeights, PairSet, Selection } from "../align/index.js";
import { BioxError, readSafetensors } from "../index.js";
import { printJson, wholePositive } from "./options.js";
import { requireWritable, writeWhole } from "./out-file.js";
import { type PairFlags, pairOptions, pairSettings } from "./pair-options.js";
import { ProgressLine } from "./progress.js";
import { INTERRUPTED, Stop } from "./stop.js";
import { timeLeft } from "./time-left.js";

interface SelectFlags extends PairFlags {
  new: string;
  old: string;
  out: string;
  svg?: string;
  probe?: string;
  newAt?: string[];
  oldAt?: string[];
  oldOutput?: string;
  folds: number;
  seed?: number;
  threads: number;
  json?: boolean;
}

export function selectCommand(): Command {
  const command = new Command("select")
    .description(
      "Chooses where a bridge leaves the new model and enters the old one, from pairs of windows without labels.",
    )
    .requiredOption("--new <file>", "ONNX model of what the wearable measures")
    .requiredOption("--old <file>", "ONNX model of what the task model was trained on, with its task head");
  return pairOptions(command)
    .requiredOption("--out <file>", "JSON file to write: the positions and all scores")
    .option("--svg <file>", "picture of the scores to write")
    .option("--probe <file>", "safetensors of the task head (weight, bias) of an old model that ends at its last block")
    .option("--new-at <tensors>", "places of the new model to try, with commas (default: outputs of its blocks)", names)
    .option("--old-at <tensors>", "places of the old model to try, with commas (default: inputs of its blocks)", names)
    .option("--old-output <name>", "output of the old model with its class scores (default: logits, or the only one)")
    .option("--folds <n>", "of the cross-validation, where the pairs bring none", wholePositive, 5)
    .option("--seed <n>", "shuffles windows before they are dealt to folds (default: they keep their order)", seed)
    .option("--threads <n>", "threads of ONNX Runtime", wholePositive, 1)
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  $ biox select --new ppg.onnx --old ecg.onnx --pairs pairs.safetensors --out selection.json --svg selection.svg
  $ biox select --new ppg.onnx --old ecg.onnx --pairs recordings --out selection.json`,
    )
    .action(run);
}

async function run(flags: SelectFlags): Promise<void> {
  for (const path of [flags.out, flags.svg]) if (path !== undefined) await requireWritable(path, "replace");
  const { openPairs, selectPositions, selectionSvg } = await import("../align/index.js");
  const stop = new Stop();
  const line = new ProgressLine();
  const left = timeLeft();
  let pairs: PairSet | undefined;
  let selection: Selection;
  try {
    const onProgress = (what: string, done: number, total: number): void => line.show(left(what, done, total));
    pairs = await openPairs(flags.pairs, { ...pairSettings(flags), onProgress, signal: stop.signal });
    selection = await selectPositions(flags.new, flags.old, pairs, {
      ...(flags.newAt && { newAt: flags.newAt }),
      ...(flags.oldAt && { oldAt: flags.oldAt }),
      ...(flags.oldOutput !== undefined && { oldOutput: flags.oldOutput }),
      ...(flags.probe !== undefined && { head: readHead(flags.probe) }),
      ...(flags.seed !== undefined && { seed: flags.seed }),
      folds: flags.folds,
      threads: flags.threads,
      signal: stop.signal,
      onProgress,
    });
  } catch (error) {
    line.clear();
    if (!stop.signal.aborted) throw error;
    process.stderr.write("biox: Stopped.\n");
    process.exit(INTERRUPTED);
  } finally {
    pairs?.close();
  }
  line.clear();
  await writeWhole(flags.out, new TextEncoder().encode(`${JSON.stringify(selection, null, 1)}\n`));
  if (flags.svg !== undefined) await writeWhole(flags.svg, new TextEncoder().encode(selectionSvg(selection)));
  for (const note of selection.notes) process.stderr.write(`biox: ${note}\n`);
  if (flags.json) printJson({ type: "selection", ...selection });
  else print(selection, flags);
}

/** The task head of a bundle's probe.safetensors. */
function readHead(path: string): HeadWeights {
  const { tensors } = readSafetensors(path);
  const [weight, bias] = [tensors.get("weight"), tensors.get("bias")];
  if (weight?.data instanceof Float32Array && bias?.data instanceof Float32Array)
    return { weight: weight.data, bias: bias.data };
  throw new BioxError(
    "FILE_INVALID",
    `${path} is no task head: expected are tensors weight [K, D] and bias [K] of floats, but there is ${[...tensors.keys()].join(", ") || "none"}.`,
    "'biox cut --probe' writes one.",
  );
}

function print({ new: from, old: to, scores, pairs }: Selection, { out }: SelectFlags): void {
  const place = (index: number | null): string => (index === null ? "" : `block ${index}`).padEnd(9);
  const row = (index: number | null, tensor: string, score: string, chosen: boolean): string =>
    `  ${place(index)}${score}  ${tensor}${chosen ? "  <- chosen" : ""}\n`;
  const lines = [`new model, macro-F1 of its blocks' outputs (${pairs.windows} windows)\n`];
  for (const { index, tensor, macroF1 } of scores.new)
    lines.push(row(index, tensor, macroF1.toFixed(3), tensor === from.tensor));
  lines.push("old model, CKA of its blocks' inputs with the chosen one\n");
  for (const { index, tensor, cka } of scores.old)
    lines.push(row(index, tensor, cka === null ? "  -  " : cka.toFixed(3), tensor === to.tensor));
  process.stdout.write(`${lines.join("")}Written to ${out}.\n`);
}

function names(text: string): string[] {
  const list = text.split(",").map((name) => name.trim());
  if (list.includes("")) throw new InvalidArgumentError("Expected names of tensors with commas between.");
  return list;
}

function seed(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value >= 2 ** 32)
    throw new InvalidArgumentError("Expected a whole number from 0 to 2^32 - 1.");
  return value;
}
