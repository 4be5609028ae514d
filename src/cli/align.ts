import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import type { AlignResult, EpochRecord } from "../align/index.js";
import { BioxError, unreadable } from "../index.js";
import { positive, printJson, wholePositive } from "./options.js";
import { type PairFlags, pairOptions, pairSettings } from "./pair-options.js";
import { ProgressLine } from "./progress.js";
import { INTERRUPTED, Stop } from "./stop.js";
import { timeLeft } from "./time-left.js";

interface AlignFlags extends PairFlags {
  new: string;
  old: string;
  out: string;
  selection?: string;
  newAt?: string;
  oldAt?: string;
  last?: string;
  probe?: string;
  rank: number;
  prototypes: number;
  start?: "regression" | "kmeans" | "rows" | "random";
  from?: string;
  bStd: number;
  lossAt: "last" | "bridge";
  loss: "cosine" | "mse" | "l1";
  lr: number;
  schedule: "constant" | "cosine";
  batch: number;
  epochs: number;
  patience: number;
  keep: "best" | "last";
  seed: number;
  newLayout: "NTC" | "NCT";
  oldLayout: "tokens-first" | "channels-first" | "raw";
  width?: number;
  threads: number;
  checkpointEvery: number;
  scoreEvery?: number;
  resume?: boolean;
  json?: boolean;
}

export function alignCommand(): Command {
  const command = new Command("align")
    .description("Trains a bridge between two models on paired, unlabelled windows.")
    .requiredOption("--new <model>", "ONNX model of the new modality, whole")
    .requiredOption("--old <model>", "ONNX model of the old modality, whole");
  return pairOptions(command)
    .requiredOption("--out <folder>", "folder for the bridge, the report and checkpoints")
    .option("--selection <file>", "selection.json of 'biox select', for the next two")
    .option("--new-at <tensor>", "where the bridge leaves the new model: the output of block m")
    .option("--old-at <tensor>", "where it enters the old model: the input of block l")
    .option("--last <tensor>", "output of the old model's last block (default: found)")
    .option("--probe <file>", "safetensors of a task head, where the old model ends at its last block")
    .option("--rank <r>", "length of the hidden vector", wholePositive, 8)
    .option("--prototypes <p>", "number of prototypes", wholePositive, 50)
    .addOption(
      new Option(
        "--start <kind>",
        "first weights: a least-squares fit, or prototypes of that kind (default: rows, or regression with --loss-at bridge)",
      ).choices(["regression", "kmeans", "rows", "random"]),
    )
    .option("--from <file>", "bridge.safetensors to begin with, in place of --start: to train further")
    .option("--b-std <s>", "deviation of B at the start, unless it is a fit", notNegative, 0)
    .addOption(
      new Option("--loss-at <place>", "the last block, through the upper half, or the bridge's output")
        .choices(["last", "bridge"])
        .default("last"),
    )
    .addOption(new Option("--loss <kind>", "what is made small").choices(["cosine", "mse", "l1"]).default("cosine"))
    .option("--lr <rate>", "learning rate of Adam", positive, 1e-3)
    .addOption(
      new Option("--schedule <kind>", "of the learning rate over the epochs")
        .choices(["cosine", "constant"])
        .default("cosine"),
    )
    .option("--batch <n>", "windows of a step", wholePositive, 16)
    .option("--epochs <n>", "passes over the pairs", wholePositive, 30)
    .option(
      "--patience <n>",
      "epochs without a better validation loss before it stops; 0 is never",
      wholeNotNegative,
      10,
    )
    .addOption(
      new Option("--keep <which>", "weights of the best epoch on validation, or of the last one")
        .choices(["best", "last"])
        .default("best"),
    )
    .option("--seed <n>", "same seed, same bits", wholeNotNegative, 0)
    .addOption(new Option("--new-layout <order>", "of the tensor at --new-at").choices(["NTC", "NCT"]).default("NTC"))
    .addOption(
      new Option("--old-layout <order>", "of the tensor at --old-at")
        .choices(["tokens-first", "channels-first", "raw"])
        .default("tokens-first"),
    )
    .option("--width <n>", "numbers of a token, where --old-layout is raw", wholePositive)
    .option("--threads <n>", "threads of ONNX Runtime", wholePositive, 1)
    .option("--checkpoint-every <n>", "steps; one is written after each epoch, too", wholePositive, 100)
    .option("--score-every <n>", "epochs between task scores (default: 1, or 10 with --loss-at bridge)", wholePositive)
    .option("--resume", "go on from the checkpoint in --out")
    .option("--json", "one JSON object for the result")
    .addHelpText(
      "after",
      `
Examples:
  $ biox align --new ppg.onnx --old ecg.onnx --selection selection.json --pairs pairs.safetensors --out bridge
  $ biox align --new ppg.onnx --old ecg.onnx --new-at h_7 --old-at h_6 --pairs pairs.safetensors --loss-at bridge --out bridge`,
    )
    .action(run);
}

async function run(flags: AlignFlags): Promise<void> {
  const stop = new Stop();
  const { align, openPairs } = await import("../align/index.js");
  const at = await positions(flags);
  const pairs = await openPairs(flags.pairs, pairSettings(flags));
  const line = new ProgressLine();
  const left = timeLeft();
  let result: AlignResult;
  try {
    const { new: newModel, old: oldModel, lr, ...rest } = flags;
    result = await align({
      ...rest,
      ...at,
      newModel,
      oldModel,
      pairs,
      rate: lr,
      signal: stop.signal,
      onProgress: ({ phase, done, total, loss }) =>
        line.show(`${left(phase, done, total)}${loss === undefined ? "" : `, loss ${loss.toFixed(4)}`}`),
    });
  } catch (error) {
    line.clear();
    if (!stop.signal.aborted) throw error;
    process.stderr.write(`biox: Stopped. Go on with the same command and --resume, if training had begun.\n`);
    process.exit(INTERRUPTED);
  } finally {
    pairs.close();
  }
  line.clear();
  for (const note of result.notes) process.stderr.write(`biox: ${note}\n`);
  if (flags.json) printJson({ type: "aligned", ...result });
  else print(result);
}

/** Tensors that were named, or that 'biox select' chose for these models. */
async function positions(flags: AlignFlags): Promise<{ newAt: string; oldAt: string }> {
  const chosen = flags.selection === undefined ? undefined : readSelection(flags.selection);
  if (chosen && flags.newAt === undefined) await requireChosenFor(flags, "new", chosen.new);
  if (chosen && flags.oldAt === undefined) await requireChosenFor(flags, "old", chosen.old);
  const newAt = flags.newAt ?? chosen?.new.tensor;
  const oldAt = flags.oldAt ?? chosen?.old.tensor;
  if (newAt !== undefined && oldAt !== undefined) return { newAt, oldAt };
  throw new BioxError(
    "INVALID_ARGUMENT",
    `Expected ${newAt === undefined ? "--new-at" : "--old-at"} to be given, but there is neither it nor a selection.`,
    "'biox select' chooses both, 'biox inspect MODEL.onnx' lists a model's tensors.",
  );
}

/** A tensor of that name in another model need not be the same place. */
async function requireChosenFor(flags: AlignFlags, side: "new" | "old", { tensor, sha256 }: Chosen): Promise<void> {
  const { digestFile } = await import("../align/index.js");
  const found = await digestFile(flags[side]);
  if (sha256 === undefined || found.sha256 === sha256) return;
  throw new BioxError(
    "INVALID_ARGUMENT",
    `Expected --${side} to be the model for which '${flags.selection}' chose '${tensor}' (SHA-256 ${sha256.slice(0, 12)}...), but ${flags[side]} is another one (${found.sha256.slice(0, 12)}...).`,
    `Run 'biox select' with this model, or name the place with --${side}-at.`,
  );
}

interface Chosen {
  tensor: string;
  /** Of the model; missing where somebody wrote the file by hand. */
  sha256?: string;
}

function readSelection(path: string): { new: Chosen; old: Chosen } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    const { new: left, old: right } = JSON.parse(text) as Record<"new" | "old", Record<keyof Chosen, unknown>>;
    const isChosen = (side: object): side is Chosen =>
      "tensor" in side && typeof side.tensor === "string" && (!("sha256" in side) || typeof side.sha256 === "string");
    if (isChosen(left) && isChosen(right)) return { new: left, old: right };
  } catch {
    // As without the tensors.
  }
  throw new BioxError("FILE_INVALID", `File '${path}' is no selection of 'biox select'.`, "Make it again.");
}

function print({ bridge, shape, epoch, judgement, epochs, steps, seconds, ridge }: AlignResult): void {
  const numbers = shape.rank * (shape.channelsIn + shape.prototypes * shape.tokens) + shape.width * shape.prototypes;
  const lines = [
    `bridge       rank ${shape.rank}, ${shape.prototypes} prototypes, ${shape.tokens} x ${shape.width} tokens: ${numbers} parameters`,
    `training     ${epochs.length - 1} epochs, ${steps} steps, ${seconds.toFixed(1)} s`,
  ];
  if (ridge !== undefined) lines.push(`start        regression with a ridge of ${ridge}`);
  if (epochs[0]?.valLoss != null) lines.push(`at the start ${scores(epochs[0])}`);
  if (judgement) lines.push(`epoch ${String(epoch).padEnd(6)} ${scores(judgement)}`);
  process.stdout.write(`${lines.join("\n")}\nWritten to ${bridge}.\n`);
}

function scores({ valLoss, agreement, balancedAccuracy }: EpochRecord): string {
  const parts = [`validation loss ${valLoss!.toFixed(4)}`];
  if (balancedAccuracy != null) parts.push(`balanced accuracy ${balancedAccuracy.toFixed(3)}`);
  if (agreement != null) parts.push(`same class as the old model in ${(100 * agreement).toFixed(1)} %`);
  return parts.join(", ");
}

function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("Expected a number of 0 or more.");
  return value;
}

function wholeNotNegative(text: string): number {
  const value = notNegative(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("Expected a whole number of 0 or more.");
  return value;
}
