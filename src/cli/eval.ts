import { Command, InvalidArgumentError } from "commander";
import { loadBundle } from "../index.js";
import { printJson, wholePositive } from "./options.js";
import { requireWritable, writeWhole } from "./out-file.js";
import { type PairFlags, pairOptions, pairSettings } from "./pair-options.js";
import { ProgressLine } from "./progress.js";
import { INTERRUPTED, Stop } from "./stop.js";
import { timeLeft } from "./time-left.js";

interface EvalFlags extends PairFlags {
  old: string;
  oldOutput?: string;
  split: string;
  probe?: boolean;
  randomBridges: number;
  seed: number;
  threads: number;
  out?: string;
  html?: string;
  card?: string;
  json?: boolean;
}

export function evalCommand(): Command {
  const command = new Command("eval")
    .description(
      "Judges a bundle on labelled pairs: against the old model, random bridges and the most frequent class.",
    )
    .argument("<bundle>", "folder or .tar of a bundle")
    .requiredOption("--old <file>", "the whole old model, ONNX, with its task head")
    .option("--old-output <name>", "output of the old model with the logits (default: 'logits', or the only one)");
  return pairOptions(command)
    .option("--split <name>", "rows to judge", "val")
    .option("--probe", "also train a linear probe on the new modality's features, with the labels of train and pair")
    .option("--random-bridges <n>", "random bridges to compare with", count, 5)
    .option("--seed <n>", "of random bridges and of intervals", wholePositive, 1)
    .option("--threads <n>", "threads of ONNX Runtime", wholePositive, 1)
    .option("--out <file>", "JSON report to write")
    .option("--html <file>", "report to write as a web page of one file")
    .option("--card <file>", "section for a model card to write, Markdown")
    .option("--json", "one JSON object in place of the table")
    .addHelpText(
      "after",
      `
Examples:
  $ biox eval my-bundle --old ecg.onnx --pairs pairs.safetensors --html report.html
  $ biox eval my-bundle --old ecg.onnx --pairs pairs.safetensors --split test --probe --json`,
    )
    .action(run);
}

function count(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0 || value > 100)
    throw new InvalidArgumentError("Expected a whole number from 0 to 100.");
  return value;
}

async function run(path: string, flags: EvalFlags): Promise<void> {
  const stop = new Stop();
  for (const file of [flags.out, flags.html, flags.card])
    if (file !== undefined) await requireWritable(file, "replace");
  const bundle = await loadBundle(path);
  // Loaded only here: no bundle needs it to run.
  const { evaluate, evaluationCard, evaluationHtml, evaluationText, openPairs } = await import("../align/index.js");
  const line = new ProgressLine();
  line.show("reading the pairs");
  const pairs = await openPairs(flags.pairs, pairSettings(flags)).finally(() => line.clear());
  try {
    const left = timeLeft();
    const evaluation = await evaluate(bundle, pairs, {
      old: flags.old,
      ...(flags.oldOutput === undefined ? {} : { oldOutput: flags.oldOutput }),
      split: flags.split,
      probe: flags.probe ?? false,
      randomBridges: flags.randomBridges,
      seed: flags.seed,
      threads: flags.threads,
      signal: stop.signal,
      onProgress: (done, total, what) => line.show(left(what, done, total)),
    }).finally(() => line.clear());
    const write = async (file: string | undefined, text: () => string): Promise<void> => {
      if (file !== undefined) await writeWhole(file, Buffer.from(text()));
    };
    await write(flags.out, () => `${JSON.stringify(evaluation, undefined, 1)}\n`);
    await write(flags.html, () => evaluationHtml(evaluation));
    await write(flags.card, () => evaluationCard(evaluation));
    if (flags.json) printJson(evaluation);
    else process.stdout.write(evaluationText(evaluation));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write("biox: Stopped.\n");
    process.exit(INTERRUPTED);
  } finally {
    pairs.close();
  }
}
