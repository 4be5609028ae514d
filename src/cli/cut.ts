import { resolve } from "node:path";
import { Command } from "commander";
import { invalidArgument, writeSafetensors } from "../index.js";
import { dimensionSize, printJson } from "./options.js";
import { requireWritable, writeWhole } from "./out-file.js";

interface CutFlags {
  at: string;
  lower: string;
  upper: string;
  probe?: string;
  output?: string;
  dim: Record<string, number>;
  json?: boolean;
}

export function cutCommand(): Command {
  return new Command("cut")
    .description(
      "Cuts an ONNX model in two at a tensor that carries everything: lower and then upper half are the whole.",
    )
    .argument("<model>", "an .onnx file")
    .requiredOption("--at <tensor>", "where to cut: a tensor that 'biox inspect' lists")
    .requiredOption("--lower <file>", "half to write that ends at the tensor")
    .requiredOption("--upper <file>", "half to write that begins at the tensor")
    .option("--probe <file>", "safetensors to write with the task head, which the upper half then is without")
    .option("--output <name>", "output of the model to keep (default: all)")
    .option("--dim <name=size>", "gives an open dimension of the input a size; may be repeated", dimensionSize, {})
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  $ biox cut ecg.onnx --at h_6 --lower ecg-lower.onnx --upper ecg-upper.onnx
  $ biox cut ecg.onnx --at h_6 --lower ecg-lower.onnx --upper ecg-upper.onnx --probe probe.safetensors`,
    )
    .action(run);
}

async function run(path: string, flags: CutFlags): Promise<void> {
  const targets = [flags.lower, flags.upper, ...(flags.probe === undefined ? [] : [flags.probe])];
  if (new Set(targets).size < targets.length)
    throw invalidArgument("--lower, --upper and --probe", "different files", targets);
  for (const target of targets) await requireWritable(target, "replace");
  // Loaded only here: no bundle needs it to run.
  const { cutFile } = await import("../align/index.js");
  const { files, probe } = await cutFile(path, {
    at: flags.at,
    lower: flags.lower,
    upper: flags.upper,
    probe: flags.probe !== undefined,
    dimensions: flags.dim,
    ...(flags.output === undefined ? {} : { output: flags.output }),
  });
  const written = [...files];
  if (probe && flags.probe !== undefined) {
    const tensors = {
      weight: { shape: probe.weight.shape, data: probe.weight.values },
      bias: { shape: probe.bias.shape, data: probe.bias.values },
    };
    await writeWhole(flags.probe, writeSafetensors(tensors));
    written.push(resolve(flags.probe));
  }
  if (flags.json) printJson({ type: "cut", file: path, at: flags.at, files: written });
  else process.stdout.write(`Cut at ${flags.at}; written: ${written.join(", ")}\n`);
}
