import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { infer, loadBundle, readSafetensors, unwritable, writeSafetensors } from "../index.js";
import { printJson, wholePositive } from "./options.js";
import { stopSignal } from "./stop.js";

interface InferFlags {
  in: string;
  out: string;
  input: "raw" | "prepared";
  threads: number;
}

export function inferCommand(): Command {
  return new Command("infer")
    .description("Runs windows of a file through a bundle and writes every stage.")
    .argument("<bundle>", "folder or .tar of a bundle")
    .requiredOption("--in <file>", "safetensors: 'signal' F32 or F64 [N, channels, samples], metadata 'rate' in Hz")
    .requiredOption("--out <file>", "safetensors to write: pooled, hidden, bridged, logits, probs")
    .addOption(
      new Option("--input <kind>", "raw windows, or tensor 'input' [N, ...] already prepared")
        .choices(["raw", "prepared"])
        .default("raw"),
    )
    .option("--threads <n>", "threads of ONNX Runtime", wholePositive, 1)
    .addHelpText(
      "after",
      `
Examples:
  $ biox infer bundles/demo --in windows.safetensors --out result.safetensors
  $ biox infer bundles/demo --in tokens.safetensors --input prepared --out result.safetensors`,
    )
    .action(run);
}

async function run(path: string, flags: InferFlags): Promise<void> {
  const bundle = await loadBundle(path);
  const show = process.stderr.isTTY;
  const result = await infer(bundle, readSafetensors(flags.in), {
    input: flags.input,
    threads: flags.threads,
    signal: stopSignal(undefined),
    onProgress: (done, total) => {
      if (show) process.stderr.write(`\r${done} of ${total} windows`);
    },
  });
  if (show) process.stderr.write("\n");
  try {
    await writeFile(flags.out, writeSafetensors(result.tensors));
  } catch (cause) {
    throw unwritable(flags.out, cause);
  }
  printJson({ type: "inferred", windows: result.windows, out: flags.out });
}
