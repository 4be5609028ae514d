import { Command, Option } from "commander";
import { type InferResult, infer, loadBundle, readSafetensors, writeSafetensors } from "../index.js";
import { precisionOption, printJson, wholePositive } from "./options.js";
import { requireWritable, writeWhole } from "./out-file.js";
import { INTERRUPTED, Stop } from "./stop.js";

interface InferFlags {
  in: string;
  out: string;
  input: "raw" | "prepared";
  threads: number;
  precision?: "float32" | "float16" | "int8";
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
    .addOption(precisionOption())
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
  const stop = new Stop();
  await requireWritable(flags.out, "replace");
  const bundle = await loadBundle(path);
  const show = process.stderr.isTTY;
  let result: InferResult;
  try {
    result = await infer(bundle, readSafetensors(flags.in), {
      input: flags.input,
      threads: flags.threads,
      ...(flags.precision === undefined ? {} : { precision: flags.precision }),
      signal: stop.signal,
      onProgress: (done, total) => {
        if (show) process.stderr.write(`\r${done} of ${total} windows`);
      },
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write(`${show ? "\n" : ""}biox: Stopped.\n`);
    process.exit(INTERRUPTED);
  }
  if (show) process.stderr.write("\n");
  await writeWhole(flags.out, writeSafetensors(result.tensors));
  printJson({ type: "inferred", windows: result.windows, out: flags.out });
}
