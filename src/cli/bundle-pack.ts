import { Command, InvalidArgumentError, Option } from "commander";
import type { PackOptions } from "../align/index.js";
import { checkText } from "./bundle-check.js";
import { printJson, wholePositive } from "./options.js";
import { type PairFlags, pairSettings, sideOptions } from "./pair-options.js";
import { INTERRUPTED, Stop } from "./stop.js";

interface PackFlags extends Omit<PackOptions, "description" | "sources" | "signal" | "pairs">, Partial<PairFlags> {
  out: string;
  source?: string[];
  json?: boolean;
}

export function packCommand(): Command {
  const command = new Command("pack")
    .description("Puts a bundle together from its parts, with where they come from, and checks that it runs.")
    .argument(
      "<description>",
      "JSON or YAML file: bundle.json without 'files', and without what the parts themselves say",
    )
    .requiredOption("--lower <file>", "lower half, ONNX")
    .requiredOption("--bridge <file>", "weights of the bridge, safetensors")
    .requiredOption("--upper <file>", "upper half, ONNX")
    .option("--probe <file>", "task head, safetensors, where the upper half ends at its last block")
    .requiredOption("--out <folder>", "bundle to write: a folder that does not exist or is empty")
    .option(
      "--windows <file>",
      "safetensors of windows, as 'biox infer --in' takes them; some are kept as golden windows",
    )
    .addOption(
      new Option("--input <kind>", "raw windows, or tensor 'input' [N, ...] already prepared")
        .choices(["raw", "prepared"])
        .default("raw"),
    )
    .option("--pairs <path>", "or paired windows, of whose new modality some are kept: safetensors, or a folder");
  return sideOptions(command)
    .option("--golden-windows <n>", "how many windows are kept, 1 to 1000", wholePositive, 4)
    .option("--tolerance <share>", "of a stage's largest value by which golden windows may differ", tolerance, 1e-4)
    .option("--source <file...>", "what the bundle was made from: the hash goes into 'provenance'")
    .option("--selection <file>", "JSON report of choosing positions, into 'provenance'")
    .option("--training <file>", "JSON report of training, into 'provenance'")
    .option("--evaluation <file>", "JSON report of judging, into 'metrics'")
    .option("--add <file...>", "further files to lie in the bundle, such as a licence")
    .option("--threads <n>", "threads of ONNX Runtime", wholePositive, 1)
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  $ biox bundle pack description.json --lower lower.onnx --bridge bridge.safetensors --upper upper.onnx --out my-bundle
  $ biox bundle pack description.json --lower lower.onnx --bridge bridge.safetensors --upper upper.onnx --windows windows.safetensors --source ppg.onnx ecg.onnx --out my-bundle`,
    )
    .action(run);
}

async function run(
  description: string,
  { out, source, json, pairs, newTensor, oldTensor, splits, ...parts }: PackFlags,
): Promise<void> {
  // What only building a bridge needs is loaded when it is asked for.
  const { openPairs, packBundle } = await import("../align/index.js");
  const { signal } = new Stop();
  const set = pairs === undefined ? undefined : await openPairs(pairs, pairSettings({ newTensor, oldTensor, splits }));
  try {
    const { manifest, check } = await packBundle(out, {
      description,
      ...parts,
      ...(source && { sources: source }),
      ...(set && { pairs: set }),
      signal,
    });
    if (json) printJson({ type: "packed", out, name: manifest.name, ...check });
    else process.stdout.write(`${checkText(check)}Written to ${out}.\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write("biox: Stopped: nothing was written.\n");
    process.exit(INTERRUPTED);
  } finally {
    set?.close();
  }
}

function tolerance(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value < 1))
    throw new InvalidArgumentError("Expected a number above 0 and below 1.");
  return value;
}
